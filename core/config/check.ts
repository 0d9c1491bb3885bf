/** Checks a loaded configuration as a whole: plugins, what they take, every pipeline's proof, what routes can serve. */
import { isDeepStrictEqual } from 'node:util'
import { logKeys } from '../audit/settings.ts'
import type { GatewayErrorCode } from '../errors.ts'
import { policyDataOf } from './policy-data.ts'
import { loadParts, makeRegistry, type Parts, type Registry } from '../pipeline/registry.ts'
import type { CheckHost, Plugin, PluginFault } from '../pipeline/plugin.ts'
import { proofDigest, type Proof } from '../pipeline/proof.ts'
import { validatePipeline } from '../pipeline/validate.ts'
import { shippedPlugins, shippedProtocols, shippedProviders } from '../../plugins/index.ts'
import { checkChoices } from './choices.ts'
import { Faults } from './faults.ts'
import { inOrder, loadConfiguration } from './load.ts'
import { checkName, isLoopbackName } from './rules.ts'
import type { Configuration, Fault, RouteConfig, StageEntry } from './types.ts'

export interface Checked {
  readonly faults: readonly Fault[]
  readonly registry: Registry
  /** Digest of every proof, by pipeline. */
  readonly digests: ReadonlyMap<string, string>
  readonly proofs: Readonly<Record<string, Proof>>
}

/** What `sallyport check` answers. */
export interface CheckedFile {
  readonly accepted: boolean
  readonly faults: readonly Fault[]
  readonly pipelines: Readonly<Record<string, Proof>>
}

export async function checkConfiguration (file: string): Promise<CheckedFile> {
  const { configuration, faults } = loadConfiguration(file)
  if (configuration === null) return { accepted: false, faults, pipelines: {} }
  const checked = await checkLoaded(configuration)
  return { accepted: checked.faults.length === 0, faults: checked.faults, pipelines: checked.proofs }
}

/** Every fault at once: a plugin that is not there does not hide what is wrong elsewhere. */
export async function checkLoaded (configuration: Configuration): Promise<Checked> {
  const faults = new Faults(configuration.placeOf)
  const registry = await openRegistry(configuration, faults)
  checkProviders(configuration, registry, faults)
  checkRoutes(configuration, registry, faults)
  checkModels(configuration, registry, faults)
  checkChoices(configuration, registry, await checkStages(configuration, registry, faults), faults)
  checkDevelopment(configuration, faults)
  checkOneLog(configuration, registry, faults)
  const proofs = prove(configuration, registry, faults)
  const digests = new Map([...proofs].map(([name, proof]) => [name, proofDigest(proof)]))
  return { faults: inOrder(faults.list), registry, digests, proofs: Object.fromEntries(proofs) }
}

/** The shipped parts alone, for commands that need no configuration. */
export function shippedRegistry (): Registry {
  return makeRegistry(shipped)
}

const shipped: Parts = { plugins: shippedPlugins, protocols: shippedProtocols, providers: shippedProviders }

/** Shipped parts and those that the configuration names; a fault for each that cannot be loaded. */
export async function openRegistry ({ plugins }: Configuration, faults: Faults): Promise<Registry> {
  const loaded: Parts[] = [shipped]
  for (const [index, specifier] of plugins.entries()) {
    try {
      const parts = await loadParts(specifier)
      makeRegistry(...loaded, parts)
      loaded.push(parts)
    } catch (thrown) {
      faults.add('GW_CONFIG_UNKNOWN_PLUGIN', ['plugins', index], `this plugin cannot be loaded: ${messageOf(thrown)}`, 'name a module whose default export is a plugin, protocol or provider with a name of its own')
    }
  }
  return makeRegistry(...loaded)
}

function messageOf (thrown: unknown): string {
  return thrown instanceof Error ? thrown.message.split('\n')[0] ?? '' : 'it threw'
}

function checkProviders ({ endpoints }: Configuration, { names }: Registry, faults: Faults): void {
  for (const { id, provider } of endpoints.values()) checkName('provider', provider, names.providers, ['endpoints', id, 'provider'], faults)
}

function checkRoutes (configuration: Configuration, registry: Registry, faults: Faults): void {
  for (const route of configuration.routes) {
    if (!checkName('protocol', route.protocol, registry.names.protocols, [...route.origin, 'protocol'], faults)) continue
    if (registry.protocol(route.protocol)?.hasModels === true) {
      if (route.endpoint !== null) faults.add('GW_CONFIG_INVALID', [...route.origin, 'endpoint'], `${route.protocol} takes its endpoint from the model`, 'remove endpoint')
    } else checkRouteEndpoint(route, configuration, registry, faults)
  }
}

function checkRouteEndpoint (route: RouteConfig, { endpoints }: Configuration, registry: Registry, faults: Faults): void {
  const provider = endpoints.get(route.endpoint ?? '')?.provider
  if (route.endpoint === null) faults.add('GW_CONFIG_MISSING_KEY', route.origin, `a route of ${route.protocol} needs endpoint`, 'add endpoint')
  else if (provider !== undefined && registry.provider(provider)?.protocols.includes(route.protocol) === false) {
    faults.add('GW_CONFIG_INVALID', [...route.origin, 'endpoint'], `${route.endpoint} does not speak ${route.protocol}`, `use an endpoint whose provider speaks ${route.protocol}`)
  }
}

/** A model that no route can serve would be a 404 for every caller. */
function checkModels ({ models, endpoints, routes }: Configuration, registry: Registry, faults: Faults): void {
  const spoken = new Set(routes.map(({ protocol }) => protocol).filter(protocol => registry.protocol(protocol)?.hasModels === true))
  for (const model of models.values()) {
    const serves = model.endpoints.some(id => registry.provider(endpoints.get(id)?.provider ?? '')?.protocols.some(protocol => spoken.has(protocol)) ?? false)
    if (!serves) faults.add('GW_CONFIG_MODEL_UNSERVED', ['models', model.name], `no route can serve ${model.name}`, 'add a route whose protocol one of its endpoints speaks, or remove the model', 'key')
  }
}

/** Answers the stages whose configuration is what their plugins take. */
async function checkStages (configuration: Configuration, registry: Registry, faults: Faults): Promise<ReadonlySet<StageEntry>> {
  const sound = new Set<StageEntry>()
  for (const stage of stagesOf(configuration)) {
    const plugin = registry.plugin(stage.plugin)
    if (plugin === undefined) faults.add('GW_CONFIG_UNKNOWN_PLUGIN', [...stage.path, 'plugin'], `there is no plugin ${stage.plugin}`, `name it under plugins:, or use one of ${registry.names.plugins.join(', ')}`)
    else if (faults.check(plugin.configSchema, stage.config, [...stage.path, 'config'])) {
      sound.add(stage)
      await askPlugin(plugin, stage, configuration, faults)
    }
  }
  return sound
}

function stagesOf ({ pipelines }: Configuration): StageEntry[] {
  return [...pipelines.values()].flatMap(({ entries }) => entries.flatMap(entry => 'any' in entry ? entry.any : [entry]))
}

type Asked = Plugin & { check? (config: unknown, host: CheckHost): Promise<readonly PluginFault[]> | readonly PluginFault[] }

async function askPlugin (plugin: Asked, stage: StageEntry, configuration: Configuration, faults: Faults): Promise<void> {
  const { folder, data, publicUrl, taxonomy } = configuration
  const found = await plugin.check?.(stage.config, { folder, data, publicUrl, taxonomy, policyData: policyDataOf(configuration) }) ?? []
  for (const fault of found) {
    const code: GatewayErrorCode = fault.code ?? 'GW_CONFIG_INVALID'
    if (fault.place === undefined) faults.add(code, [...stage.path, 'config', ...fault.path ?? []], fault.message, fault.fix)
    else faults.list.push({ code, ...fault.place, message: fault.message, fix: fault.fix })
  }
}

/** Keys of a development issuer lie on this machine: nobody else may be able to use them here. */
function checkDevelopment (configuration: Configuration, faults: Faults): void {
  const { host } = configuration.listen
  if (host === null || isLoopbackName(host)) return
  for (const stage of stagesOf(configuration)) {
    if (JSON.stringify(stage.config).includes('"development":true')) {
      faults.add('GW_CONFIG_UNSAFE', [...stage.path, 'config'], 'a development issuer with a listener beyond loopback', 'listen on 127.0.0.1, or use a real issuer')
    }
  }
}

/** One instance has one log: its settings cannot differ from pipeline to pipeline. */
function checkOneLog (configuration: Configuration, registry: Registry, faults: Faults): void {
  const [first, ...others] = stagesOf(configuration).filter(({ plugin }) => registry.plugin(plugin)?.phase === 'audit')
  for (const stage of others) {
    for (const key of logKeys) {
      if (!isDeepStrictEqual(stage.config[key], first?.config[key])) faults.add('GW_CONFIG_UNSAFE', [...stage.path, 'config'], `${key} differs between pipelines, but they share one log`, `say the same ${key} in every pipeline`)
    }
  }
}

function prove (configuration: Configuration, registry: Registry, faults: Faults): Map<string, Proof> {
  const proofs = new Map<string, Proof>()
  for (const pipeline of configuration.pipelines.values()) {
    const isKnown = pipeline.entries.flatMap(entry => 'any' in entry ? entry.any : [entry]).every(({ plugin }) => registry.plugin(plugin) !== undefined)
    if (!isKnown) continue // told already, and the rest cannot be judged
    const { faults: found, proof } = validatePipeline(pipeline, name => registry.plugin(name), path => configuration.placeOf(path))
    faults.list.push(...found)
    if (proof !== null) proofs.set(pipeline.name, proof)
  }
  return proofs
}

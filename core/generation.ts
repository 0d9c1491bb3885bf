/** Builds one generation of the gateway from a checked configuration: endpoints, models, pipelines, routes. */
import { createHmac } from 'node:crypto'
import type { Logger } from 'pino'
import type { Checked } from './config/check.ts'
import { namesOf } from './config/names.ts'
import { policyDataOf } from './config/policy-data.ts'
import type { Configuration, Fault } from './config/types.ts'
import { dearestOf, healthOf } from './endpoints/knowledge.ts'
import { limitsOf } from './endpoints/limits.ts'
import { startProbes } from './endpoints/probe.ts'
import { createDecisionAuthority } from './enforce/authority.ts'
import { makeTaxonomy } from './enforce/classification.ts'
import type { AuditCommit } from './enforce/commit.ts'
import { PolicyStandings } from './enforce/policy-standing.ts'
import type { ExchangeServices } from './exchange/exchange.ts'
import { openDispatcher } from './http/transport.ts'
import type { Host, PhaseHosts } from './pipeline/plugin.ts'
import type { Phase } from './pipeline/phases.ts'
import { PrincipalsData } from './principals/data.ts'
import { setUpPipeline, type HostOf } from './pipeline/setup.ts'
import { openEncoding } from './tokens/encoding.ts'
import type { Endpoint, ModelEntry, Pipeline, Route, Runtime } from './runtime.ts'

export interface RuntimeSources {
  readonly log: Logger
  readonly services: ExchangeServices
  readonly commit: AuditCommit
}

/** Throws what keeps it from serving; whatever was opened before is then closed. */
export async function buildRuntime (configuration: Configuration, checked: Checked, sources: RuntimeSources): Promise<Runtime> {
  const closing = new AbortController()
  const endpoints = openEndpoints(configuration, checked)
  const models = namesOf(configuration)
  const pipelines = new Map<string, Pipeline & { close (): Promise<void> }>()
  const close = async (): Promise<void> => {
    closing.abort()
    await Promise.allSettled([...pipelines.values()].map(async pipeline => { await pipeline.close() }))
    await Promise.allSettled([...endpoints.values()].map(async ({ dispatcher }) => { await dispatcher.close() }))
  }
  const standings = new PolicyStandings(sources.services.audit, sources.services.metrics)
  try {
    const hostOf = hosts(configuration, checked, models, sources, standings, closing.signal)
    for (const config of configuration.pipelines.values()) {
      const digest = checked.digests.get(config.name) ?? ''
      pipelines.set(config.name, await setUpPipeline(config, digest, configuration.taxonomy, name => checked.registry.plugin(name), hostOf))
    }
    const principals = configuration.principals === null ? null : await PrincipalsData.open(configuration.principals, sources.log, closing.signal)
    if (countsTokens(configuration, checked)) await Promise.all([...models.values()].flatMap(({ encoding }) => encoding === null ? [] : [openEncoding(encoding)]))
    const routes = configuration.routes.map(config => routeOf(config, configuration, checked, pipelines, endpoints))
    const taxonomy = makeTaxonomy(configuration.taxonomy)
    const activate = (): void => {
      sources.services.states.configure(configuration.endpoints)
      startProbes(endpoints, sources.services.states, closing.signal)
    }
    return { configuration, routes, endpoints, models, taxonomy, pipelines, principals, proofs: checked.proofs, notes: notesOf(configuration), unready: () => standings.isMissing() ? ['policy'] : [], closing: closing.signal, activate, close }
  } catch (thrown) {
    await close()
    throw thrown
  }
}

function openEndpoints (configuration: Configuration, checked: Checked): Map<string, Endpoint> {
  return new Map([...configuration.endpoints].map(([id, config]) => {
    const provider = checked.registry.provider(config.provider)
    if (provider === undefined) throw new Error(`no provider is named ${config.provider}`)
    return [id, { config, provider, dispatcher: openDispatcher(config) }]
  }))
}

function routeOf (config: Configuration['routes'][number], configuration: Configuration, checked: Checked, pipelines: ReadonlyMap<string, Pipeline>, endpoints: ReadonlyMap<string, Endpoint>): Route {
  const protocol = checked.registry.protocol(config.protocol)
  const pipeline = pipelines.get(config.pipeline)
  if (protocol === undefined || pipeline === undefined) throw new Error(`route ${config.path} names what is not configured`)
  const forwardHeaders = config.endpoint === null ? [] : configuration.endpoints.get(config.endpoint)?.forwardHeaders ?? []
  const speaking = [...endpoints.values()].filter(({ provider }) => provider.protocols.includes(config.protocol))
  return { config, protocol, pipeline, forwardHeaders: [...forwardHeaders].sort(), totalMs: Math.max(1000, ...speaking.map(endpoint => endpoint.config.timeout.totalMs)) }
}

function hosts (configuration: Configuration, { registry }: Checked, models: ReadonlyMap<string, ModelEntry>, { log, services, commit }: RuntimeSources, standings: PolicyStandings, closing: AbortSignal): HostOf {
  const authority = createDecisionAuthority({ endpoints: new Set(configuration.endpoints.keys()), taxonomy: configuration.taxonomy })
  const policyData = policyDataOf(configuration)
  const speaks = (id: string, protocol: string): boolean => registry.provider(configuration.endpoints.get(id)?.provider ?? '')?.protocols.includes(protocol) === true
  const health = healthOf(configuration, models, speaks, services.states)
  const limits = limitsOf(configuration.endpoints, services.store.counters)
  const dearest = dearestOf(health)
  const nonceKey = createHmac('sha256', services.macKey.secret).update('nonces').digest() // a key of its own, which gives the other away to nobody
  return (phase, plugin, detectors) => {
    const host: Host = {
      log: log.child({ plugin }),
      folder: configuration.folder,
      data: configuration.data,
      taxonomy: configuration.taxonomy,
      closing
    }
    const byPhase: { [P in Phase]: PhaseHosts[P] } = {
      identity: { ...host, publicUrl: configuration.publicUrl, replay: services.store.replay, nonceKey },
      limit: { ...host, counters: services.store.counters, dearest },
      classify: host,
      policy: { ...host, authority, policyData, events: standings.open() },
      audit: { ...host, commit },
      route: { ...host, health, limits },
      response: { ...host, detectors, hashKey: services.macKey.secret, redactionKey: services.redactionKey }
    }
    return byPhase[phase]
  }
}

/** Whether tokenizers should be there before the first request: where quotas or endpoints count tokens. */
function countsTokens ({ pipelines, endpoints }: Configuration, { registry }: Checked): boolean {
  const stages = [...pipelines.values()].flatMap(({ entries }) => entries.flatMap(entry => 'any' in entry ? entry.any : [entry]))
  return stages.some(({ plugin }) => registry.plugin(plugin)?.phase === 'limit') || [...endpoints.values()].some(({ limit }) => limit.tokensPerMinute !== null)
}

/** What an operator should see at readiness: settings that are for development only. */
export function notesOf (configuration: Configuration): string[] {
  const text = JSON.stringify([...configuration.pipelines.values()])
  return text.includes('"development":true') ? ['a development issuer is configured'] : []
}

/** Faults for what a reload changed though only a restart can. */
export function restartKeys (before: Configuration, after: Configuration): Fault[] {
  const pairs: Array<[key: string, same: boolean]> = [
    ['listen', same(before.listen, after.listen)],
    ['admin', same(before.admin, after.admin)],
    ['data', before.data === after.data],
    ['store', same(before.store, after.store)],
    ['workers', before.workers === after.workers],
    ['audit.commit', same(auditEntries(before), auditEntries(after))]
  ]
  return pairs.filter(([, unchanged]) => !unchanged).map(([key]) => ({
    code: 'GW_CONFIG_UNSAFE',
    file: after.file,
    line: 1,
    column: 1,
    message: `${key} cannot change while the gateway runs`,
    fix: 'restart the gateway to change it'
  }))
}

function same (a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

function auditEntries (configuration: Configuration): unknown {
  return [...configuration.pipelines.values()].map(({ name, entries }) => [
    name,
    entries.flatMap(entry => !('any' in entry) && entry.plugin.startsWith('audit.') ? [entry.config] : [])
  ])
}

/**
 * The composition root: configuration, audit log, proof, plugins, listeners. Its body reads like a table of contents.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { startAuditLog, type AuditLog } from './audit/client.ts'
import { checkLoaded } from './config/check.ts'
import { loadConfiguration } from './config/load.ts'
import type { Configuration, Fault } from './config/types.ts'
import { openRedactionKey } from './enforce/encryption.ts'
import { openMacKey } from './enforce/mac.ts'
import { createCommit } from './exchange/commit.ts'
import { EndpointStates } from './endpoints/states.ts'
import type { ExchangeServices } from './exchange/exchange.ts'
import { Strangers } from './exchange/strangers.ts'
import { UnderWay } from './exchange/under-way.ts'
import { listenForAdmin, type AdminServer } from './http/admin.ts'
import { Metrics } from './http/metrics.ts'
import { listenForCallers, type CallerServer } from './http/server.ts'
import { openLog } from './log.ts'
import { buildRuntime, restartKeys, type RuntimeSources } from './generation.ts'
import type { Runtime } from './runtime.ts'
import type { Store } from './store/contract.ts'
import { openStore } from './store/open.ts'

export interface GatewayOptions {
  /** Allows an audit folder where synchronous writes mean nothing: for the demo and for tests; the log says so. */
  readonly allowUnsafeFilesystem?: boolean
}

export interface Gateway {
  /** Where callers reach it, as a URL or a socket path. */
  readonly address: string
  readonly adminAddress: string | null
  /** Origin of the audit log. */
  readonly origin: string
  /** True where the audit folder's filesystem keeps no promise of durability. */
  readonly unsafeFilesystem: boolean
  /** Loads the configuration file anew, all or nothing. Throws ConfigurationRefused. */
  reload (): Promise<void>
  /** Refuses new requests, lets those under way end, closes the log. */
  close (): Promise<void>
}

/** A configuration that does not load, with every fault. */
export class ConfigurationRefused extends Error {
  readonly faults: readonly Fault[]

  constructor (faults: readonly Fault[]) {
    super(faults.map(({ file, line, column, code, message }) => `${file}:${line}:${column}: ${code}: ${message}`).join('\n'))
    this.name = 'ConfigurationRefused'
    this.faults = faults
  }
}

/** Loads a configuration file and starts the gateway. Throws ConfigurationRefused, or what keeps it from serving. */
export async function startGatewayFrom (file: string, options: GatewayOptions = {}): Promise<Gateway> {
  const { configuration, faults } = loadConfiguration(file)
  if (configuration === null || faults.length > 0) throw new ConfigurationRefused(faults)
  return await startGateway(configuration, options)
}

export async function startGateway (configuration: Configuration, options: GatewayOptions = {}): Promise<Gateway> {
  const closers = new Closers()
  try {
    const log = openLog(configuration.log)
    const checked = await check(configuration)
    mkdirSync(configuration.data, { recursive: true, mode: 0o700 })
    const audit = await openAudit(configuration, options, log)
    closers.add(async () => { await audit.close() })
    const store = await openStore(configuration.store, log.child({ part: 'store' }), () => Date.now())
    closers.add(async () => { await store.close() })
    const services = openServices(configuration, audit, store, log)
    const sources: RuntimeSources = { log, services, commit: createCommit(services.underWay) }
    const state: State = { runtime: await buildRuntime(configuration, checked, sources), phase: 'starting' }
    closers.add(async () => { await state.runtime.close() })
    await noteStart(audit, state.runtime)
    const reload = makeReload(state, sources)
    const admin = await openAdmin(configuration, state, services, reload)
    if (admin !== null) closers.add(async () => { await admin.close() })
    const callers = await listenForCallers(configuration.listen, () => state.runtime, services)
    closers.add(async () => { await callers.close() })
    state.phase = 'serving'
    log.info({ address: callers.address, admin: admin?.address ?? null }, 'serving')
    return {
      address: callers.address,
      adminAddress: admin?.address ?? null,
      origin: audit.origin,
      unsafeFilesystem: audit.unsafeFilesystem,
      reload,
      close: async () => {
        state.phase = 'draining' // the admin listener, closed after the callers', says so meanwhile
        await closers.run()
      }
    }
  } catch (thrown) {
    await closers.run()
    throw thrown
  }
}

/** Closes in the reverse order of opening, each once, whatever the others do. */
class Closers {
  readonly #closers: Array<() => Promise<void>> = []

  add (close: () => Promise<void>): void {
    this.#closers.push(close)
  }

  async run (): Promise<void> {
    for (let close = this.#closers.pop(); close !== undefined; close = this.#closers.pop()) {
      await close().catch(() => {}) // the rest must still close
    }
  }
}

async function check (configuration: Configuration): Promise<Awaited<ReturnType<typeof checkLoaded>>> {
  const checked = await checkLoaded(configuration)
  if (checked.faults.length > 0) throw new ConfigurationRefused(checked.faults)
  return checked
}

async function openAudit (configuration: Configuration, options: GatewayOptions, log: Logger): Promise<AuditLog> {
  const settings = auditSettings(configuration)
  return await startAuditLog({
    folder: join(configuration.data, 'audit'),
    log: log.child({ part: 'audit' }),
    allowUnsafeFilesystem: options.allowUnsafeFilesystem === true || settings['allow_unsafe_filesystem'] === true,
    freeSpace: typeof settings['free_space'] === 'string' ? settings['free_space'] : '1GiB'
  })
}

/** One log an instance: the first pipeline's audit stage says how it is kept. */
function auditSettings (configuration: Configuration): Readonly<Record<string, unknown>> {
  for (const { entries } of configuration.pipelines.values()) {
    for (const entry of entries) if (!('any' in entry) && entry.plugin === 'audit.commit') return entry.config
  }
  return {}
}

function openServices (configuration: Configuration, audit: AuditLog, store: Store, log: Logger): ExchangeServices {
  const underWay = new UnderWay()
  const nowMs = (): number => Date.now()
  const states = new EndpointStates()
  return {
    log,
    audit,
    underWay,
    nowMs,
    macKey: openMacKey(join(configuration.data, 'keys')),
    redactionKey: openRedactionKey(join(configuration.data, 'keys')),
    strangers: new Strangers(configuration.unidentified.perPeer, configuration.unidentified.total, nowMs()),
    states,
    store,
    metrics: new Metrics({ auditReady: () => audit.ready(), open: () => underWay.decided, storeReady: () => store.ready(), endpoints: () => states.reports() })
  }
}

async function noteStart (audit: AuditLog, runtime: Runtime): Promise<void> {
  await audit.append({ kind: 'system', event: 'configuration', digest: runtime.configuration.digest, accepted: true, reason: 'start' }, { deadlineMs: 10_000 })
}

interface State { runtime: Runtime, phase: 'starting' | 'serving' | 'draining' }

/** A new generation replaces the old one only whole, one reload after another; requests under way keep the one they began with. */
function makeReload (state: State, sources: RuntimeSources): () => Promise<void> {
  let last: Promise<void> = Promise.resolve()
  return async () => {
    last = last.catch(() => {}).then(async () => { await reloadOnce(state, sources) })
    await last
  }
}

async function reloadOnce (state: State, sources: RuntimeSources): Promise<void> {
  const { audit, log, underWay } = sources.services
  const before = state.runtime
  const note = async (accepted: boolean, { digest }: Configuration): Promise<void> => {
    await audit.append({ kind: 'system', event: 'configuration', digest, accepted, reason: 'reload' }, { deadlineMs: 10_000 })
  }
  try {
    state.runtime = await buildAgain(before.configuration, sources)
  } catch (thrown) {
    await note(false, before.configuration)
    throw thrown
  }
  await note(true, state.runtime.configuration)
  retire(before, underWay).catch((error: unknown) => { log.warn({ error }, 'a replaced configuration could not be closed') })
}

async function buildAgain (before: Configuration, sources: RuntimeSources): Promise<Runtime> {
  const { configuration, faults } = loadConfiguration(before.file)
  if (configuration === null || faults.length > 0) throw new ConfigurationRefused(faults)
  const changed = restartKeys(before, configuration)
  if (changed.length > 0) throw new ConfigurationRefused(changed)
  return await buildRuntime(configuration, await check(configuration), sources)
}

/** Closes a replaced generation when the last request that began with it has ended. */
async function retire (runtime: Runtime, underWay: UnderWay): Promise<void> {
  while (underWay.holds(runtime)) await new Promise(resolve => setTimeout(resolve, 250).unref())
  await runtime.close()
}

async function openAdmin (configuration: Configuration, state: State, services: ExchangeServices, reload: () => Promise<void>): Promise<AdminServer | null> {
  if (configuration.admin === null) return null
  return await listenForAdmin(configuration.admin, {
    metrics: services.metrics,
    readiness: () => ({
      unready: [...(services.audit.ready() ? [] : ['audit']), ...state.runtime.unready(), ...(state.phase === 'serving' ? [] : [state.phase])],
      notes: [...state.runtime.notes, ...(services.store.ready() ? [] : ['the store cannot be asked'])]
    }),
    pipelines: () => state.runtime.proofs,
    endpoints: () => services.states.reports(),
    reload
  })
}

export type { AdminServer, CallerServer }

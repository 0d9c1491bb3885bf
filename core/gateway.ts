/**
 * The composition root: configuration, audit log, proof, plugins, listeners. Its body reads like a table of contents.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { startAuditLog, type AuditLog } from './audit/client.ts'
import { logSettings } from './audit/settings.ts'
import type { Writer, WriterEvents } from './audit/spawn.ts'
import { Closers } from './closers.ts'
import { loadConfiguration } from './config/load.ts'
import { ConfigurationRefused } from './config/refused.ts'
import type { Configuration, Rate } from './config/types.ts'
import { BodyKeys } from './enforce/body-keys.ts'
import { openRedactionKey } from './enforce/encryption.ts'
import { openMacKey } from './enforce/mac.ts'
import { createCommit } from './exchange/commit.ts'
import { explainable, explainRoute, explanationDocument } from './endpoints/explain.ts'
import { readQuestion, type QuestionParts } from './endpoints/question.ts'
import { EndpointStates } from './endpoints/states.ts'
import type { ExchangeServices } from './exchange/exchange.ts'
import { Strangers } from './exchange/strangers.ts'
import { UnderWay } from './exchange/under-way.ts'
import { listenForAdmin, type AdminServer } from './http/admin.ts'
import { Metrics } from './http/metrics.ts'
import { listenForCallers, type CallerServer } from './http/server.ts'
import { openLog } from './log.ts'
import { buildRuntime, type RuntimeSources } from './generation.ts'
import { checkOrRefuse, makeReload, prepareReload, type Prepared, type State } from './reload.ts'
import type { Runtime } from './runtime.ts'
import type { Store } from './store/contract.ts'
import { openStore } from './store/open.ts'

/** What a worker of several has in place of its own writer, store and admin listener. */
export interface Seat {
  /** How many workers share what is limited for a machine. */
  readonly workers: number
  /** The free port that all of them take; null where the configuration names one. */
  readonly port: number | null
  /** Where quotas are counted without a store. */
  readonly store: Store
  openWriter (events: WriterEvents): Writer
  /** Told what this worker measures. */
  measured (metrics: Metrics): void
}

export interface GatewayOptions {
  /** This process is one of several workers. */
  readonly seat?: Seat
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
  /** The first half of a reload, for those who reload together. Throws ConfigurationRefused. */
  prepare (): Promise<Prepared>
  /** The state of endpoints by id, as the admin port shows it. */
  endpoints (): Readonly<Record<string, unknown>>
  /** Answers a question about routing, as the admin port does. Throws QuestionError. */
  explain (parts: QuestionParts): unknown
  /** What keeps it from serving by now. */
  unready (): readonly string[]
  /** Refuses new requests, lets those under way end, closes the log. */
  close (): Promise<void>
}

/** Loads a configuration file and starts the gateway. Throws ConfigurationRefused, or what keeps it from serving. */
export async function startGatewayFrom (file: string, options: GatewayOptions = {}): Promise<Gateway> {
  const { configuration, faults } = loadConfiguration(file)
  if (configuration === null || faults.length > 0) throw new ConfigurationRefused(faults)
  if (configuration.workers === 1) return await startGateway(configuration, options)
  const { startPrimary } = await import('./workers/primary.ts')
  return await startPrimary(configuration, options)
}

/** One process that does it all, or one worker of several. */
export async function startGateway (configuration: Configuration, options: GatewayOptions = {}): Promise<Gateway> {
  const closers = new Closers()
  try {
    const log = openLog(configuration.log)
    const checked = await checkOrRefuse(configuration)
    mkdirSync(configuration.data, { recursive: true, mode: 0o700 })
    const audit = await openAudit(configuration, options, log)
    closers.add(async () => { await audit.close() })
    const store = configuration.store === null && options.seat !== undefined ? options.seat.store : await openStore(configuration.store, log.child({ part: 'store' }), () => Date.now())
    closers.add(async () => { await store.close() })
    const services = openServices(configuration, audit, store, log, options.seat?.workers ?? 1)
    options.seat?.measured(services.metrics)
    const sources: RuntimeSources = { log, services, commit: createCommit(services.underWay) }
    const state: State = { runtime: await buildRuntime(configuration, checked, sources), phase: 'starting' }
    closers.add(async () => { await state.runtime.close() })
    state.runtime.activate()
    const prepare = async (): Promise<Prepared> => await prepareReload(state, sources)
    const reload = makeReload(audit, () => state.runtime.configuration, prepare)
    if (options.seat === undefined) await noteStart(audit, configuration)
    const admin = options.seat === undefined ? await openAdmin(configuration, state, services, reload) : null
    if (admin !== null) closers.add(async () => { await admin.close() })
    const callers = await listenForCallers({ ...configuration.listen, port: options.seat?.port ?? configuration.listen.port }, () => state.runtime, services)
    closers.add(async () => { await callers.close() })
    state.phase = 'serving'
    log.info({ address: callers.address, admin: admin?.address ?? null }, 'serving')
    return {
      address: callers.address,
      adminAddress: admin?.address ?? null,
      origin: audit.origin,
      unsafeFilesystem: audit.unsafeFilesystem,
      reload,
      prepare,
      endpoints: () => services.states.reports(),
      explain: parts => explain(state.runtime, parts),
      unready: () => state.runtime.unready(),
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

/** One log a machine: a worker asks the writer of all. */
export async function openAudit (configuration: Configuration, options: GatewayOptions, log: Logger): Promise<AuditLog> {
  const settings = logSettings(auditSettings(configuration), configuration.folder)
  return await startAuditLog({
    ...settings,
    folder: join(configuration.data, 'audit'),
    log: log.child({ part: 'audit' }),
    allowUnsafeFilesystem: options.allowUnsafeFilesystem === true || settings.allowUnsafeFilesystem,
    ...(options.seat === undefined ? {} : { open: options.seat.openWriter })
  })
}

/** One log an instance: the first pipeline's audit stage says how it is kept. */
function auditSettings (configuration: Configuration): Readonly<Record<string, unknown>> {
  for (const { entries } of configuration.pipelines.values()) {
    for (const entry of entries) if (!('any' in entry) && entry.plugin === 'audit.commit') return entry.config
  }
  return {}
}

function openServices (configuration: Configuration, audit: AuditLog, store: Store, log: Logger, workers: number): ExchangeServices {
  const underWay = new UnderWay()
  const nowMs = (): number => Date.now()
  const states = new EndpointStates(store.hints)
  return {
    log,
    audit,
    underWay,
    nowMs,
    macKey: openMacKey(join(configuration.data, 'keys')),
    bodyKeys: new BodyKeys(join(configuration.data, 'keys')),
    redactionKey: openRedactionKey(join(configuration.data, 'keys')),
    strangers: new Strangers(shareOf(configuration.unidentified.perPeer, workers), shareOf(configuration.unidentified.total, workers), nowMs()),
    states,
    store,
    metrics: new Metrics({ auditReady: () => audit.ready(), auditSpace: () => audit.space(), auditWitnessed: () => audit.witnessed(), open: () => underWay.decided, storeReady: () => store.ready(), endpoints: () => states.reports() })
  }
}

/** Rates are those of a machine: each worker has its share. */
function shareOf ({ count, perMs }: Rate, workers: number): Rate {
  return { count: Math.max(1, Math.ceil(count / workers)), perMs }
}

export async function noteStart (audit: AuditLog, { digest }: Configuration): Promise<void> {
  await audit.append({ kind: 'system', event: 'configuration', digest, accepted: true, reason: 'start' }, { deadlineMs: 10_000 })
}

async function openAdmin (configuration: Configuration, state: State, services: ExchangeServices, reload: () => Promise<void>): Promise<AdminServer | null> {
  if (configuration.admin === null) return null
  return await listenForAdmin(configuration.admin, {
    metrics: async () => await services.metrics.read(),
    readiness: () => ({
      unready: [...(services.audit.ready() ? [] : ['audit']), ...state.runtime.unready(), ...(state.phase === 'serving' ? [] : [state.phase])],
      notes: [...state.runtime.notes, ...(services.store.ready() ? [] : ['the store cannot be asked'])]
    }),
    pipelines: () => state.runtime.proofs,
    endpoints: () => services.states.reports(),
    explain: parts => explain(state.runtime, parts),
    reload
  })
}

function explain (runtime: Runtime, parts: QuestionParts): unknown {
  return explanationDocument(explainRoute(readQuestion(parts), explainable(runtime)))
}

export { ConfigurationRefused } from './config/refused.ts'
export type { AdminServer, CallerServer }

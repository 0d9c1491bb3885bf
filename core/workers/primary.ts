/**
 * Several workers on one machine: the primary holds what they share (the audit writer, the counts where no store is configured, the admin listener) and no
 * pipeline of its own. It neither sees a request nor an answer.
 */
import { mkdirSync } from 'node:fs'
import { AggregatorRegistry } from 'prom-client'
import { Closers } from '../closers.ts'
import type { Checked } from '../config/check.ts'
import type { Configuration } from '../config/types.ts'
import { noteStart, openAudit, type Gateway, type GatewayOptions } from '../gateway.ts'
import { notesOf } from '../generation.ts'
import { listenForAdmin, type AdminServer } from '../http/admin.ts'
import { openLog } from '../log.ts'
import { checkOrRefuse, loadAgain, makeReload, type Prepared } from '../reload.ts'
import { openMemoryStore } from '../store/memory.ts'
import { Crew } from './crew.ts'

interface Serving { configuration: Configuration, checked: Checked, phase: 'starting' | 'serving' | 'draining' }

/** Throws ConfigurationRefused, or what keeps it from serving. */
export async function startPrimary (configuration: Configuration, options: GatewayOptions): Promise<Gateway> {
  const closers = new Closers()
  try {
    const log = openLog(configuration.log)
    const serving: Serving = { configuration, checked: await checkOrRefuse(configuration), phase: 'starting' }
    mkdirSync(configuration.data, { recursive: true, mode: 0o700 })
    const audit = await openAudit(configuration, options, log)
    closers.add(async () => { await audit.close() })
    const store = openMemoryStore(() => Date.now())
    const { file, workers, listen } = configuration
    const crew = new Crew({ file, workers, listen: { host: listen.host ?? '127.0.0.1', port: listen.port ?? 0 }, unsafe: options.allowUnsafeFilesystem === true, audit, store, log, digest: () => serving.configuration.digest })
    closers.add(async () => { await crew.close() })
    await crew.start()
    await noteStart(audit, configuration)
    const prepare = async (): Promise<Prepared> => await prepareAll(serving, crew)
    const reload = makeReload(audit, () => serving.configuration, prepare)
    const admin = await openAdmin(serving, crew, () => audit.ready(), reload)
    if (admin !== null) closers.add(async () => { await admin.close() })
    serving.phase = 'serving'
    log.info({ address: crew.address, admin: admin?.address ?? null, workers }, 'serving')
    return {
      address: crew.address,
      adminAddress: admin?.address ?? null,
      origin: audit.origin,
      unsafeFilesystem: audit.unsafeFilesystem,
      reload,
      prepare,
      endpoints: () => ({}),
      unready: () => [],
      explain: async parts => await crew.explain(parts),
      close: async () => {
        serving.phase = 'draining' // the admin listener says so while the workers drain
        await crew.close()
        await closers.run()
      }
    }
  } catch (thrown) {
    await closers.run()
    throw thrown
  }
}

/** The file is checked here first, so that its faults are told once. */
async function prepareAll (serving: Serving, crew: Crew): Promise<Prepared> {
  const configuration = loadAgain(serving.configuration)
  const checked = await checkOrRefuse(configuration)
  await crew.prepare()
  return {
    configuration,
    apply: () => {
      Object.assign(serving, { configuration, checked })
      crew.apply()
    },
    discard: async () => { crew.discard() }
  }
}

async function openAdmin (serving: Serving, crew: Crew, auditReady: () => boolean, reload: () => Promise<void>): Promise<AdminServer | null> {
  const { admin, workers } = serving.configuration
  if (admin === null) return null
  const registry = new AggregatorRegistry()
  return await listenForAdmin(admin, {
    metrics: async () => ({ contentType: registry.contentType, text: await registry.clusterMetrics() }),
    readiness: async () => ({
      unready: [...(auditReady() ? [] : ['audit']), ...(crew.size > 0 ? [] : ['workers']), ...await unreadyOf(crew), ...(serving.phase === 'serving' ? [] : [serving.phase])],
      notes: [...notesOf(serving.configuration), ...(crew.size < workers ? [`${crew.size} of ${workers} workers serve`] : [])]
    }),
    pipelines: () => serving.checked.proofs,
    endpoints: async () => Object.fromEntries([...await crew.reports()].map(([worker, { endpoints }]) => [worker, endpoints])),
    explain: async parts => await crew.explain(parts),
    reload
  })
}

/** What keeps any of the workers from serving: callers may come to any of them. */
async function unreadyOf (crew: Crew): Promise<string[]> {
  const reports = await crew.reports()
  return [...new Set([...reports.values()].flatMap(({ unready }) => unready))]
}

/** The thread that evaluates a policy, one question after the other. */
import { parentPort, workerData } from 'node:worker_threads'
import { EvaluationError, openEngine, type Engine } from './engine.ts'
import { cells, type Question, type Reply, type WorkerParts } from './wire.ts'

function serve (parts: WorkerParts): void {
  const engines = new Map<string | null, Engine>()
  const status = new BigInt64Array(parts.shared)
  const engineOf = (tenant: string | null): Engine => {
    const key = tenant !== null && parts.tenants.has(tenant) ? tenant : null
    const engine = engines.get(key) ?? openEngine(parts.tenants.get(key ?? '') ?? parts.module, parts.dataText)
    engines.set(key, engine)
    return engine
  }
  engineOf(null)
  parentPort?.on('message', ([number, tenant, entrypoint, inputText]: Question) => {
    Atomics.store(status, cells.since, process.hrtime.bigint())
    Atomics.store(status, cells.current, BigInt(number))
    parentPort?.postMessage(answer(number, () => engineOf(tenant).evaluate(entrypoint, inputText)))
    Atomics.store(status, cells.current, 0n)
  })
  parentPort?.postMessage([0, 'result', ''] satisfies Reply)
}

function answer (number: number, evaluate: () => string): Reply {
  try {
    return [number, 'result', evaluate()]
  } catch (thrown) {
    return thrown instanceof EvaluationError ? [number, thrown.kind, thrown.message] : [number, 'error', String(thrown)]
  }
}

serve(workerData as WorkerParts)

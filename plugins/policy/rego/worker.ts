/** The thread that evaluates a policy, one question after the other. */
import { parentPort, workerData } from 'node:worker_threads'
import { EvaluationError, openEngine, type Engine } from '../../../rego/engine/engine.ts'
import { openEvaluator } from '../../../rego/engine/evaluator.ts'
import { cells, type Question, type Reply, type WorkerParts } from './wire.ts'

function serve (parts: WorkerParts): void {
  const engines = new Map<string | null, Engine>()
  const evaluator = parts.evaluator === null ? null : openEvaluator(parts.evaluator)
  const status = new BigInt64Array(parts.shared)
  const engineOf = (tenant: string | null): Engine => {
    const key = tenant !== null && parts.tenants.has(tenant) ? tenant : null
    const engine = engines.get(key) ?? openEngine(parts.tenants.get(key ?? '') ?? parts.module, parts.dataText, { evaluator })
    engines.set(key, engine)
    return engine
  }
  engineOf(null)
  const ask = ([number, tenant, entrypoint, inputText]: Question): Reply => {
    Atomics.store(status, cells.since, process.hrtime.bigint())
    Atomics.store(status, cells.current, BigInt(number))
    evaluator?.begin(nowOf(inputText))
    const reply = answer(number, () => engineOf(tenant).evaluate(entrypoint, inputText))
    Atomics.store(status, cells.current, 0n)
    return reply
  }
  parentPort?.on('message', (questions: readonly Question[]) => {
    let replies: Reply[] = []
    let sinceMs = performance.now()
    for (const question of questions) {
      replies.push(ask(question))
      if (performance.now() - sinceMs < holdMs) continue
      parentPort?.postMessage(replies)
      replies = []
      sinceMs = performance.now()
    }
    if (replies.length > 0) parentPort?.postMessage(replies)
  })
  parentPort?.postMessage([])
}

/** The time of the request, which is what builtins take for now: the same input has the same answer whenever it is asked. */
function nowOf (inputText: string): number {
  return Number(/"now_ms":([0-9]{1,15})[,}]/.exec(inputText)?.[1] ?? 0)
}

/** Replies wait for each other no longer than this: a slow question does not hold up those before it. */
const holdMs = 1

function answer (number: number, evaluate: () => string): Reply {
  try {
    return [number, 'result', evaluate()]
  } catch (thrown) {
    return thrown instanceof EvaluationError ? [number, thrown.kind, thrown.message] : [number, 'error', String(thrown)]
  }
}

serve(workerData as WorkerParts)

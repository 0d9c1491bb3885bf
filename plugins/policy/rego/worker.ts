/** The thread that evaluates a policy, one question after the other, and sleeps between them. */
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import { EvaluationError, openEngine, type Engine } from '../../../rego/engine/engine.ts'
import { momentOf, openEvaluator } from '../../../rego/engine/evaluator.ts'
import { entrypoints } from '../../../rego/library.ts'
import { firstNumber, nextNumber, Wire, type Reply, type WorkerParts } from './wire.ts'

const entrypointNames = Object.values(entrypoints)

function serve (parts: WorkerParts): never {
  const wire = new Wire(parts.shared)
  const answer = makeAnswerer(parts)
  parentPort?.postMessage(null)
  for (let number = firstNumber; ; number = nextNumber(number)) {
    wire.sleepUntil(number)
    wire.begin()
    const { tenant, entrypoint, text } = wire.question(number)
    const reply = answer(tenant, entrypointNames[entrypoint] ?? '', text ?? longText())
    if (wire.answer(number, reply)) parentPort?.postMessage(null)
  }
}

/** What did not fit into its place. It was sent before the question was asked. */
function longText (): string {
  const message: unknown = parentPort === null ? undefined : receiveMessageOnPort(parentPort)?.message
  return typeof message === 'string' ? message : ''
}

function makeAnswerer (parts: WorkerParts): (tenant: number, entrypoint: string, text: string) => Reply {
  const evaluator = parts.evaluator === null ? null : openEvaluator(parts.evaluator)
  const modules = [parts.module, ...parts.tenants.values()]
  const engines: Engine[] = []
  const engineOf = (tenant: number): Engine => {
    engines[tenant] ??= openEngine(modules[tenant] ?? parts.module, parts.dataText, { evaluator })
    return engines[tenant]
  }
  engineOf(0)
  return (tenant, entrypoint, text) => {
    try {
      evaluator?.begin(momentOf(text))
      return { kind: 'result', text: engineOf(tenant).evaluate(entrypoint, text) }
    } catch (thrown) {
      return thrown instanceof EvaluationError ? { kind: thrown.kind, text: thrown.message } : { kind: 'error', text: String(thrown) }
    }
  }
}

serve(workerData as WorkerParts)

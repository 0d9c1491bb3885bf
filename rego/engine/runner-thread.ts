/** The thread of a runner: one module a question. */
import { parentPort, workerData } from 'node:worker_threads'
import { loadModule } from '../compiler/load.ts'
import { EvaluationError, openEngine, type Engine } from './engine.ts'
import { momentOf, openEvaluator, type PolicyEvaluator } from './evaluator.ts'
import type { RunAnswer, RunRequest } from './runner.ts'

let evaluator: PolicyEvaluator | null = null

/** Loaded when a module first needs it: it takes half a second. */
const lazily: PolicyEvaluator = {
  begin: nowMs => { evaluator?.begin(nowMs) },
  call: (name, argumentsText) => {
    if (evaluator === null) {
      evaluator = openEvaluator(loadModule())
      evaluator.begin(Date.now())
    }
    return evaluator.call(name, argumentsText)
  }
}

function answer (request: RunRequest): readonly RunAnswer[] {
  let engine: Engine
  try {
    engine = openEngine(new WebAssembly.Module(new Uint8Array(request.wasm)), request.dataText, { evaluator: workerData === true ? lazily : null, allowUndefined: true })
  } catch (thrown) {
    return request.questions.map(() => failed(thrown))
  }
  return request.questions.map(({ entrypoint, inputText }) => {
    lazily.begin(inputText === null ? Date.now() : momentOf(inputText))
    try {
      return { text: engine.evaluate(entrypoint, inputText) }
    } catch (thrown) {
      return failed(thrown)
    }
  })
}

function failed (thrown: unknown): RunAnswer {
  return thrown instanceof EvaluationError ? { kind: thrown.kind, message: thrown.message } : { kind: 'error', message: String(thrown) }
}

parentPort?.on('message', (request: RunRequest) => { parentPort?.postMessage(answer(request)) })

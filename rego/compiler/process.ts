/**
 * The process that holds the compiler. V8 compiles WebAssembly there by its quick compiler alone, which brings the first
 * answer three times sooner; the flag is process-wide and would slow down policies in the gateway's own process. What the
 * compiler took of memory goes with it.
 */
import { Worker } from 'node:worker_threads'
import { RegoError } from './types.ts'
import type { WorkerAnswer, WorkerCall } from './worker.ts'

/** Deeply nested sources need a deep stack, which only a thread can be given. */
const worker = new Worker(new URL('./worker.js', import.meta.url), {
  workerData: JSON.parse(process.argv[2] ?? 'null'),
  env: {},
  execArgv: [],
  resourceLimits: { stackSizeMb: 16 }
})

function say (answer: WorkerAnswer): void {
  if (process.connected) process.send?.(answer)
}

worker.on('message', say)
worker.on('error', cause => {
  say({ diagnostics: RegoError.of('rego_crash', `the compiler failed: ${String(cause)}`).diagnostics })
  process.disconnect()
})
process.on('message', (call: WorkerCall) => { worker.postMessage(call) })
process.on('disconnect', () => { process.exit(0) })

/** One question on its way to an answer: settled once, whoever comes first. */
import { GatewayError } from '../../../core/pipeline/plugin.ts'

export interface Job {
  readonly tenant: string | null
  readonly entrypoint: string
  readonly inputText: string
  isOver (): boolean
  resolve (text: string): void
  reject (error: GatewayError): void
}

/** The promise rejects with `GW_POLICY_TIMEOUT` where nobody answered within `maxMs`. */
export function makeJob (question: Pick<Job, 'tenant' | 'entrypoint' | 'inputText'>, maxMs: number): { readonly job: Job, readonly answer: Promise<string> } {
  const { promise, resolve, reject } = deferred<string>()
  let over = false
  const once = (settle: () => void): void => {
    if (over) return
    over = true
    clearTimeout(timer)
    settle()
  }
  const job: Job = {
    ...question,
    isOver: () => over,
    resolve: text => { once(() => { resolve(text) }) },
    reject: error => { once(() => { reject(error) }) }
  }
  const timer = setTimeout(() => { job.reject(new GatewayError('GW_POLICY_TIMEOUT')) }, maxMs)
  return { job, answer: promise }
}

interface Deferred<T> { readonly promise: Promise<T>, readonly resolve: (value: T) => void, readonly reject: (reason: Error) => void }

function deferred<T> (): Deferred<T> {
  let resolve: Deferred<T>['resolve'] = () => {}
  let reject: Deferred<T>['reject'] = () => {}
  const promise = new Promise<T>((_resolve, _reject) => {
    resolve = _resolve
    reject = _reject
  })
  return { promise, resolve, reject }
}

/** Tells the steps of a verification while they are taken: `sallyport identity explain` prints them. */
import type { ExplainedStep } from '../../../core/pipeline/plugin.ts'

/** Hears each rule before it is applied: the last one heard is the one that refused. `detail` holds no secret. */
export type Trace = (step: string, detail: string) => void

/** For requests: nothing is told, and nothing is spent on it. */
export const silent: Trace = () => {}

export function traceTo (tell: (step: ExplainedStep) => void): Trace {
  return (step, detail) => { tell({ step, detail }) }
}

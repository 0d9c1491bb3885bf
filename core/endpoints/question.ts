/** A question about routing, as operators write it: on the command line, or as the query of the admin listener. */
import { readNarrowing } from '../exchange/narrowing.ts'
import type { Budget, Shape, Workload } from '../pipeline/facts.ts'

export interface RouteQuestion {
  /** Path of a configured route; null = the first that serves the model. */
  readonly route: string | null
  readonly model: string | null
  /** What the permit would cover; null = every endpoint that may serve it. */
  readonly endpoints: readonly string[] | null
  readonly inputTokens: number
  readonly outputTokens: number | null
  readonly workload: Workload
  readonly stream: boolean
  readonly budget: Budget
  /** Keeps `sticky` choices together: any text stands for one subject. */
  readonly affinity: string | null
  /** Any text: it stands for one decision, by which shares are drawn. */
  readonly decision: string
}

/** Names of what can be asked, as the query has them. */
export const questionNames = ['route', 'model', 'endpoints', 'input_tokens', 'output_tokens', 'workload', 'stream', 'latency_budget', 'cost_budget', 'affinity', 'decision'] as const

const workloads: readonly Workload[] = ['chat', 'embedding', 'tool_use', 'structured_output', 'long_context', 'batch']

/** What is wrong with a question: the message names the part and what it takes. */
export class QuestionError extends Error {}

/** What is asked, by name: as a query has it, where a name may stand twice. */
export type QuestionParts = Readonly<Record<string, string | undefined>>

/** Throws QuestionError. */
export function readQuestion (parts: QuestionParts): RouteQuestion {
  const stray = Object.keys(parts).find(name => !questionNames.some(known => known === name))
  if (stray !== undefined) throw new QuestionError(`there is no ${stray}: ask by ${questionNames.join(', ')}`)
  const twice = Object.keys(parts).find(name => Array.isArray(parts[name]))
  if (twice !== undefined) throw new QuestionError(`${twice} is given twice`)
  return {
    route: parts['route'] ?? null,
    model: parts['model'] ?? null,
    endpoints: parts['endpoints']?.split(',').filter(id => id !== '') ?? null,
    inputTokens: tokensOf(parts, 'input_tokens') ?? 0,
    outputTokens: tokensOf(parts, 'output_tokens'),
    workload: workloadOf(parts['workload']),
    stream: flagOf(parts, 'stream'),
    budget: budgetOf(parts),
    affinity: parts['affinity'] ?? null,
    decision: parts['decision'] ?? 'explained'
  }
}

/** The form of the request that is asked about. */
export function shapeOf (question: RouteQuestion, named: Pick<Shape, 'model' | 'family' | 'protocol'>): Shape {
  const { inputTokens, outputTokens, workload, stream, affinity } = question
  return {
    ...named, stream, workload, affinity, tokenEstimate: inputTokens, maxOutputTokens: outputTokens, priceBoundMicros: null, toolCount: workload === 'tool_use' ? 1 : 0, outputFormat: null
  }
}

function tokensOf (parts: QuestionParts, name: string): number | null {
  const text = parts[name]
  if (text === undefined) return null
  if (!/^\d{1,9}$/.test(text)) throw new QuestionError(`${name} takes a number of tokens`)
  return Number(text)
}

function workloadOf (text = 'chat'): Workload {
  const workload = workloads.find(known => known === text)
  if (workload === undefined) throw new QuestionError(`workload is one of ${workloads.join(', ')}`)
  return workload
}

function flagOf (parts: QuestionParts, name: string): boolean {
  const text = parts[name] ?? 'false'
  if (text !== 'true' && text !== 'false') throw new QuestionError(`${name} is true or false`)
  return text === 'true'
}

/** Budgets are written as callers write them. */
function budgetOf ({ latency_budget: latency, cost_budget: cost }: QuestionParts): Budget {
  try {
    return readNarrowing({ 'sallyport-latency-budget': latency, 'sallyport-cost-budget': cost }, []).budget
  } catch {
    throw new QuestionError('a latency_budget is such as 800ms, a cost_budget US dollars such as 0.02')
  }
}

/** Decides recorded inputs again, by a candidate, in the WebAssembly that would be enforced. */
import { compareDecisions, comparedOf, type ComparedDecision, type Difference } from './compare.ts'
import { openRunner, type RunAnswer, type Runner } from './engine/runner.ts'
import { readValue } from './engine/term.ts'
import { entrypoints } from './library.ts'
import type { BuiltPolicy } from './policy.ts'

/** A decision as it was made. */
export interface RecordedDecision {
  readonly id: string
  readonly tenant: string | null
  /** The input as it was judged, byte for byte. */
  readonly inputText: string
  readonly made: ComparedDecision
}

export interface ReplayedDecision {
  readonly recorded: RecordedDecision
  /** Null where the candidate has no decision on this input, which denies. */
  readonly candidate: ComparedDecision | null
  readonly difference: Difference
}

/** Decisions that are evaluated at once, and how long all of them may take, in milliseconds. */
const batchSize = 256
const deadlineMs = 10_000

/** In the order of the records. One that does not end takes its batch with it: each of the batch is then an `error`. */
export async function * replay (policy: BuiltPolicy, records: Iterable<RecordedDecision>): AsyncGenerator<ReplayedDecision, void> {
  const runner = openRunner({ deadlineMs, evaluator: policy.evaluated.length > 0 })
  try {
    for (const batch of batches(records)) yield * await replayBatch(policy, runner, batch)
  } finally {
    await runner.close()
  }
}

function * batches<T> (items: Iterable<T>): Generator<readonly T[], void> {
  let batch: T[] = []
  for (const item of items) {
    batch.push(item)
    if (batch.length < batchSize) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

async function replayBatch (policy: BuiltPolicy, runner: Runner, batch: readonly RecordedDecision[]): Promise<readonly ReplayedDecision[]> {
  const answers = new Map<RecordedDecision, RunAnswer>()
  for (const [tenant, records] of byModule(policy, batch)) {
    const questions = records.map(({ inputText }) => ({ entrypoint: entrypoints.decision, inputText }))
    const answered = await runner.run({ wasm: policy.tenants.get(tenant ?? '') ?? policy.wasm, dataText: policy.dataText, questions })
    for (const [index, record] of records.entries()) answers.set(record, answered[index] ?? { kind: 'error', message: '' })
  }
  return batch.map(recorded => {
    const candidate = decisionOf(answers.get(recorded), recorded.id)
    return { recorded, candidate, difference: compareDecisions(recorded.made, candidate) }
  })
}

/** Tenants with rules of their own have a module of their own. */
function byModule ({ tenants }: BuiltPolicy, batch: readonly RecordedDecision[]): Map<string | null, RecordedDecision[]> {
  const groups = new Map<string | null, RecordedDecision[]>()
  for (const record of batch) {
    const key = record.tenant !== null && tenants.has(record.tenant) ? record.tenant : null
    groups.set(key, [...groups.get(key) ?? [], record])
  }
  return groups
}

function decisionOf (answer: RunAnswer | undefined, requestId: string): ComparedDecision | null {
  if (answer === undefined || !('text' in answer)) return null
  try {
    const [result] = readValue(answer.text) as ReadonlyArray<{ readonly result: unknown }>
    return comparedOf(result?.result, requestId)
  } catch {
    return null // a number that would be rounded: the gateway denies it too
  }
}

/** A classify stage that asks a detector outside the gateway: batched, remembered, with a deadline and a breaker. */
import { circuitBreaker, ConsecutiveBreaker, handleAll } from 'cockatiel'
import { digestOf } from '../../../core/enforce/digest.ts'
import { distinctValues } from '../../../core/enforce/distinct.ts'
import { GatewayError, halt, proceed, type Finding, type Host, type Leaf, type Stage } from '../../../core/pipeline/plugin.ts'
import { makeFloors } from '../floors.ts'
import { decodeExternal, defaultNever, type ExternalEntry } from './config.ts'
import type { AskedText, ExternalDetector, TextSpan, Told } from './detector.ts'
import { Memory } from './memory.ts'

/** A leaf without any of these says nothing. */
const isText = /[\p{L}\p{N}]/u

/** One text to ask about, and the leaves in which it stands. */
interface Asked extends AskedText { readonly digest: string, readonly leaves: number[] }

/** @param identity plugin and version, part of the digest of all that finds something */
export function externalStage (entry: ExternalEntry, detector: ExternalDetector, { taxonomy, log }: Host, identity: { readonly plugin: string, readonly version: string }): Stage<'prompt', 'classification'> {
  const settings = decodeExternal(entry, identity.plugin)
  const { name, deadlineMs, floor, batchUnits, cacheTexts, failures, coolDownMs } = settings
  const tag = makeFloors(taxonomy, entry.floors ?? {})
  const memory = new Memory(cacheTexts)
  const breaker = circuitBreaker(handleAll, { halfOpenAfter: coolDownMs, breaker: new ConsecutiveBreaker(failures) })
  const digests = new Map<string | null, string>()
  let version: string | null = null

  /** Of all that decides what is found; its versions are few. */
  function digest (): string {
    const known = digests.get(version) ?? digestOf({ ...identity, ...entry, answers: version })
    if (digests.size < 100) digests.set(version, known)
    return known
  }

  async function ask (texts: readonly Asked[], signal: AbortSignal): Promise<Map<Asked, readonly TextSpan[]>> {
    const known = new Map<Asked, readonly TextSpan[]>()
    const missing = texts.filter(text => {
      const spans = memory.get(text.digest)
      if (spans !== undefined) known.set(text, spans)
      return spans === undefined
    })
    const batches = batchesOf(missing, batchUnits)
    const told = await Promise.all(batches.map(batch => breaker.execute(() => detector.ask(batch, signal))))
    batches.forEach((batch, index) => { learn(batch, told[index], known) })
    return known
  }

  function learn (batch: readonly Asked[], told: Told | undefined, known: Map<Asked, readonly TextSpan[]>): void {
    if (told === undefined || told.spans.length !== batch.length) throw new Error('it does not answer for each text')
    if (told.version !== version) {
      version = told.version
      memory.forget()
    }
    batch.forEach((text, index) => {
      const spans = told.spans[index] ?? []
      known.set(text, spans)
      memory.put(text.digest, spans)
    })
  }

  return {
    never: entry.never ?? defaultNever,
    async run ({ prompt: { leaves } }, signal) {
      const texts = textsOf(leaves, memory)
      if (texts.length === 0) return proceed({ classification: { findings: [], tag: tag([]), detectors: digest() } })
      try {
        const findings = findingsOf(await ask(texts, AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)])), name)
        const distinct = (some: readonly Finding[]): number => distinctValues(some.map(({ leaf, start, end }) => leaves[leaf]?.text.slice(start, end) ?? ''))
        return proceed({ classification: { findings, tag: tag(findings, distinct), detectors: digest(), external: [name] } })
      } catch (thrown) {
        signal.throwIfAborted()
        log.warn({ detector: name, error: thrown instanceof Error ? thrown.name : 'unknown' }, 'an external detector gave no answer')
        if (floor === null) return halt(new GatewayError('GW_CLASSIFY_EXTERNAL', { cause: thrown }))
        return proceed({ classification: { findings: [], tag: floor, detectors: digest(), external: [name], failed: 'GW_CLASSIFY_EXTERNAL' } })
      }
    },
    close: () => { detector.close() }
  }
}

/** Each text once, however often it stands in the prompt. */
function textsOf (leaves: readonly Leaf[], memory: Memory): Asked[] {
  const texts = new Map<string, Asked>()
  leaves.forEach(({ text, pattern }, index) => {
    if (!isText.test(text)) return
    const digest = memory.digest(text)
    const known = texts.get(digest)
    if (known === undefined) texts.set(digest, { text, path: pattern, digest, leaves: [index] })
    else known.leaves.push(index)
  })
  return [...texts.values()]
}

function batchesOf (texts: readonly Asked[], mostUnits: number): Asked[][] {
  const batches: Asked[][] = []
  let units = Infinity
  for (const text of texts) {
    if (units + text.text.length > mostUnits) {
      batches.push([])
      units = 0
    }
    batches.at(-1)?.push(text)
    units += text.text.length
  }
  return batches
}

function findingsOf (told: ReadonlyMap<Asked, readonly TextSpan[]>, detector: string): Finding[] {
  return [...told].flatMap(([{ leaves }, spans]) => leaves.flatMap(leaf => spans.map(({ label, confidence, start, end }) => ({ label, detector, confidence, leaf, start, end }))))
    .sort((a, b) => a.leaf - b.leaf || a.start - b.start || b.end - a.end)
}

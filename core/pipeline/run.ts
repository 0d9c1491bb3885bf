/** Runs the stages of one request: each sees its declared reads, and must provide exactly what it declared. */
import { GatewayError, toGatewayError, type GatewayErrorCode } from '../errors.ts'
import { blankPrompt } from './blank.ts'
import { chooseBranch } from './choose.ts'
import type { ClassificationPart, FactName, Facts, ProvidedFacts } from './facts.ts'
import { joinedFacts, type Phase } from './phases.ts'
import type { IdentityStage, SettleResult, Stage, StageResult } from './plugin.ts'
import type { AnswerFilter, EventWriter } from './stream.ts'
import { makeView } from './view.ts'

/** A stage whose declared facts are known by name only, as the runner meets it. */
export type AnyStage = Stage<FactName, keyof ProvidedFacts> & IdentityStage

export interface ReadyStage {
  readonly name: string
  readonly version: string
  readonly phase: Phase
  readonly reads: readonly FactName[]
  readonly provides: readonly FactName[]
  readonly optional: boolean
  readonly stage: AnyStage
}

/** A stage, or a choice of identity stages by kind of credential. */
export type ReadyEntry = ReadyStage | { readonly any: readonly ReadyStage[] }

/** What a phase's failure without a code of its own means. */
const failureOf: Record<Phase, GatewayErrorCode> = {
  identity: 'GW_INTERNAL',
  limit: 'GW_LIMIT_STORE_UNAVAILABLE',
  classify: 'GW_CLASSIFY_FAILED',
  policy: 'GW_POLICY_ERROR',
  audit: 'GW_AUDIT_UNAVAILABLE',
  route: 'GW_INTERNAL',
  response: 'GW_RESPONSE_FAILED'
}

/** The core's own part in a run: it supplies facts on first need and refines what stages provide. */
export interface RunSources {
  /** Supplies facts that only the core gives, when a stage first reads one of them. */
  supply (name: FactName): Promise<Partial<Facts> | null> | Partial<Facts> | null
  /** Joins the parts of all classify stages so far. */
  join (parts: readonly ClassificationPart[]): Facts['classification']
  /** Adds to the verified principal what is known of it beside its credential. Throws to deny. */
  complete (principal: Facts['principal']): Facts['principal']
  /** Narrows it to what the caller asked for. Throws to deny. */
  narrow (principal: Facts['principal']): Facts['principal']
}

type MutableFacts = { -readonly [K in FactName]?: Facts[K] | undefined }

/** Told of a stage that failed to settle. */
export type SettleFailed = (ready: ReadyStage, thrown: unknown) => void

interface Begun {
  readonly ready: ReadyStage
  readonly view: Readonly<Partial<Facts>>
  /** What the stage wants back when it settles. */
  kept: object | undefined
}

export class PipelineRun {
  /** All facts so far. Stages see views of it, never this object. */
  readonly facts: MutableFacts = {}
  readonly parts: ClassificationPart[] = []
  readonly skipped: Array<{ readonly stage: string, readonly code: string }> = []
  readonly #sources: RunSources
  /** True once an optional detector has failed. */
  #isUnlooked = false
  #begun: Begun[] = []

  constructor (sources: RunSources) {
    this.#sources = sources
  }

  /**
   * Runs one entry. What takes no time is done when this returns, without a promise. Rejects with GatewayError where the stage
   * halts, fails or breaks its contract.
   */
  step (entry: ReadyEntry, signal: AbortSignal): Promise<void> | undefined {
    try {
      return this.#attempt('any' in entry ? this.#choose(entry.any) : entry, signal)
    } catch (thrown) {
      return Promise.reject(toGatewayError(thrown, 'GW_INTERNAL'))
    }
  }

  /** Begins a response stage on a stream. Rejects with GatewayError where it fails. */
  async filter (ready: ReadyStage, writer: EventWriter, signal: AbortSignal): Promise<AnswerFilter> {
    try {
      await this.#supplyReads(ready, 0)
      const filter = await ready.stage.filter?.(this.#open(ready).view as Readonly<Facts>, writer, signal)
      if (filter === undefined) throw new GatewayError('GW_PLUGIN_CONTRACT_BROKEN')
      return filter
    } catch (thrown) {
      throw toGatewayError(thrown, failureOf[ready.phase])
    }
  }

  /**
   * Settles, once each, the stages that began and that `which` accepts, one after another. A failing settle does not stop the
   * others. Never rejects; no promise where none of them takes its time.
   */
  settle (result: SettleResult, which: (ready: ReadyStage) => boolean, failed: SettleFailed): Promise<void> | undefined {
    const due = this.#begun.filter(({ ready }) => which(ready))
    if (due.length > 0) this.#begun = this.#begun.filter(({ ready }) => !which(ready))
    return settleAll(due, result, failed)
  }

  #attempt (ready: ReadyStage, signal: AbortSignal): Promise<void> | undefined {
    try {
      return this.#runStage(ready, signal)?.catch((thrown: unknown) => { this.#failed(ready, thrown) })
    } catch (thrown) {
      this.#failed(ready, thrown)
      return undefined
    }
  }

  /** An optional stage's failure is noted and passed over. */
  #failed (ready: ReadyStage, thrown: unknown): void {
    const error = toGatewayError(thrown, failureOf[ready.phase])
    if (!ready.optional) throw error
    if (ready.phase === 'classify') this.#isUnlooked = true
    this.skipped.push({ stage: ready.name, code: error.code })
  }

  #runStage (ready: ReadyStage, signal: AbortSignal): Promise<void> | undefined {
    const supplying = this.#supplyReads(ready, 0)
    return supplying === undefined ? this.#begin(ready, signal) : supplying.then(() => this.#begin(ready, signal))
  }

  #begin (ready: ReadyStage, signal: AbortSignal): Promise<void> | undefined {
    const begun = this.#open(ready)
    const result = ready.stage.run(begun.view as Readonly<Facts>, signal)
    if ('then' in result) return Promise.resolve(result).then(taken => { this.#take(begun, taken) })
    this.#take(begun, result)
    return undefined
  }

  /** What a stage that begins now sees; it is then due to settle. */
  #open (ready: ReadyStage): Begun {
    const begun: Begun = { ready, view: makeView(this.#factsFor(ready), ready.reads), kept: undefined }
    if (ready.stage.settle !== undefined) this.#begun.push(begun)
    return begun
  }

  /** A stage that asks elsewhere is not told what it may never be told. */
  #factsFor ({ stage: { never } }: ReadyStage): MutableFacts {
    if (never === undefined) return this.facts
    if (this.#isUnlooked) throw new GatewayError('GW_CLASSIFY_FAILED') // what it may not be told is not known
    return this.facts.prompt === undefined ? this.facts : { ...this.facts, prompt: blankPrompt(this.facts.prompt, this.parts, never) }
  }

  /** Facts that the core supplies on first need. Goes on from the `from`th of the stage's reads. */
  #supplyReads (ready: ReadyStage, from: number): Promise<void> | undefined {
    for (let index = from; index < ready.reads.length; index++) {
      const name = ready.reads[index]
      if (name === undefined || this.facts[name] !== undefined) continue
      const supplied = this.#sources.supply(name)
      if (supplied instanceof Promise) {
        return supplied.then(facts => {
          if (facts !== null) Object.assign(this.facts, facts)
          return this.#supplyReads(ready, index + 1)
        })
      }
      if (supplied !== null) Object.assign(this.facts, supplied)
    }
    return undefined
  }

  #take (begun: Begun, result: StageResult<keyof ProvidedFacts>): void {
    const { ready } = begun
    if (result.kind === 'halt') {
      if (result.facts?.decision !== undefined) this.facts.decision = result.facts.decision
      if (result.facts?.quota !== undefined) this.#merge(ready, 'quota', result.facts) // the caller is told what is used up
      throw result.error
    }
    const asDeclared = Object.keys(result.facts).length === ready.provides.length && ready.provides.every(name => Object.hasOwn(result.facts, name))
    if (!asDeclared) throw new GatewayError('GW_PLUGIN_CONTRACT_BROKEN', { cause: new Error(`${ready.name} provided other facts than it declared`) })
    begun.kept = result.kept
    for (const name of ready.provides) this.#merge(ready, name, result.facts)
  }

  #merge (ready: ReadyStage, name: FactName, given: Readonly<Partial<ProvidedFacts>>): void {
    if (name === 'classification' && given.classification !== undefined) {
      const { failed } = given.classification
      if (failed !== undefined) this.skipped.push({ stage: ready.name, code: failed })
      this.parts.push(given.classification)
      this.facts.classification = this.#sources.join(this.parts)
    } else if (name === 'quota' && given.quota !== undefined) {
      this.facts.quota = [...(this.facts.quota ?? []), ...given.quota]
    } else if (name === 'principal' && given.principal !== undefined) {
      this.facts.principal = given.principal // what refuses it from here on is recorded with the full principal
      this.facts.principal = this.#sources.complete(given.principal)
      this.facts.principal = this.#sources.narrow(this.facts.principal)
    } else {
      this.#assign(ready, name, given)
    }
  }

  #assign (ready: ReadyStage, name: FactName, given: Readonly<Partial<ProvidedFacts>>): void {
    const repeated = name === 'endpoint' || name === 'response'
    if (this.facts[name] !== undefined && !repeated && !joinedFacts.includes(name)) {
      throw new GatewayError('GW_PLUGIN_CONTRACT_BROKEN', { cause: new Error(`${ready.name} provided ${name} a second time`) })
    }
    Object.assign(this.facts, { [name]: given[name] })
  }

  #choose (branches: readonly ReadyStage[]): ReadyStage {
    const { credential } = this.facts
    if (credential === undefined) throw new GatewayError('GW_INTERNAL')
    return chooseBranch(branches, credential)
  }
}

function settleAll (due: readonly Begun[], result: SettleResult, failed: SettleFailed): Promise<void> | undefined {
  for (const [index, { ready, view, kept }] of due.entries()) {
    try {
      const settling = ready.stage.settle?.(view, result, kept)
      if (settling === undefined) continue
      return Promise.resolve(settling).catch((thrown: unknown) => { failed(ready, thrown) }).then(() => settleAll(due.slice(index + 1), result, failed))
    } catch (thrown) {
      failed(ready, thrown)
    }
  }
  return undefined
}

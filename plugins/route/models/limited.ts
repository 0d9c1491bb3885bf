/** Takes the endpoint limits of a choice, and remembers which of them are used up, so that the next choice passes them over. */
import type { EndpointChoice, EndpointGrant, EndpointLimits } from '../../../core/pipeline/plugin.ts'

type Granted = Extract<EndpointGrant, { admitted: true }>

/** The limits that one attempt holds, its mirrors' included. */
export class Holding {
  readonly choice: EndpointChoice
  /** Tokens that were reserved. */
  readonly tokens: number
  readonly #grants: ReadonlyMap<string, Granted>

  constructor (choice: EndpointChoice, tokens: number, grants: ReadonlyMap<string, Granted>) {
    this.choice = choice
    this.tokens = tokens
    this.#grants = grants
  }

  /** Gives places back, once, and notes the tokens used, null where nothing was answered. What mirrors were sent stays as it was reserved. */
  settle (used: number | null): Promise<void> | undefined {
    if (this.#grants.size === 0) return undefined
    return Promise.all([...this.#grants].map(async ([id, grant]) => { await grant.settle(id === this.choice.id ? used : this.tokens) })).then(() => {})
  }

  /** Gives all back: nothing was sent. */
  async giveUp (): Promise<void> {
    await Promise.all([...this.#grants.values()].map(async grant => { await grant.settle(null) }))
  }
}

const none: ReadonlyMap<string, Granted> = new Map()

export class LimitedEndpoints {
  readonly #limits: EndpointLimits
  readonly #nowMs: () => number
  readonly #until = new Map<string, number>()

  /** @param nowMs a clock that never goes back */
  constructor (limits: EndpointLimits, nowMs: () => number) {
    this.#limits = limits
    this.#nowMs = nowMs
  }

  /** Milliseconds until an endpoint's limit leaves room again, as far as this was told. */
  limitedMs (id: string): number {
    const untilMs = this.#until.get(id)
    return untilMs === undefined ? 0 : Math.max(0, untilMs - this.#nowMs())
  }

  /**
   * What a choice needs of limits; null where the chosen endpoint's is used up: it is then passed over. A mirror whose limit is used up is left out.
   * @param tokensOf asked where a limit is to be counted
   */
  take (choice: EndpointChoice, tokensOf: () => number): Promise<Holding | null> | Holding | null {
    const ids = [choice.id, ...choice.mirrors ?? []].filter(id => this.#limits.has(id))
    if (ids.length === 0) return new Holding(choice, 0, none)
    const tokens = tokensOf()
    const asked = ids.map(id => this.#limits.take(id, tokens))
    if (asked.some(grant => grant instanceof Promise)) return Promise.all(asked).then(grants => this.#holding(choice, tokens, ids, grants))
    return this.#holding(choice, tokens, ids, asked as EndpointGrant[])
  }

  #holding (choice: EndpointChoice, tokens: number, ids: readonly string[], answers: readonly EndpointGrant[]): Holding | null {
    const grants = new Map<string, Granted>()
    for (const [index, id] of ids.entries()) {
      const answer = answers[index]
      if (answer?.admitted === true) grants.set(id, answer)
      else this.#until.set(id, this.#nowMs() + (answer?.retryAfterMs ?? 0))
    }
    const isHeld = (id: string): boolean => !ids.includes(id) || grants.has(id)
    if (isHeld(choice.id)) return new Holding(choice.mirrors === undefined ? choice : { ...choice, mirrors: choice.mirrors.filter(isHeld) }, tokens, grants)
    new Holding(choice, tokens, grants).giveUp().catch(() => {}) // a lost settlement leaves what was reserved, on the safe side
    return null
  }
}

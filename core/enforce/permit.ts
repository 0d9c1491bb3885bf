/**
 * The permit: all that the router and dispatch get of a decision. Sealed: only the decision authority mints one, so
 * dispatch still refuses were the validator bypassed.
 */
export interface PermitContent {
  readonly decisionId: string
  readonly tag: string
  /** Endpoint ids, sorted, at least one. */
  readonly endpoints: readonly string[]
  /** `<revision>@sha256:<12 hex>`. */
  readonly policyVersion: string
}

const key = Symbol('permit')

export class Permit implements PermitContent {
  /** Only what this constructor made has it: nothing can be given one from outside. */
  readonly #minted = true
  readonly decisionId: string
  readonly tag: string
  readonly endpoints: readonly string[]
  readonly policyVersion: string

  constructor (seal: symbol, content: PermitContent) {
    if (seal !== key) throw new TypeError('a permit is minted by the decision authority alone')
    this.decisionId = content.decisionId
    this.tag = content.tag
    this.endpoints = Object.freeze([...content.endpoints])
    this.policyVersion = content.policyVersion
    Object.freeze(this)
  }

  static is (value: object): value is Permit {
    return #minted in value && value.#minted
  }

  /** True where the endpoint is in the authorized set. */
  covers (endpoint: string): boolean {
    return this.endpoints.includes(endpoint)
  }
}

/** For core/enforce/decision.ts alone; a test pins its importers. */
export function mintPermit (content: PermitContent): Permit {
  return new Permit(key, content)
}

/** True for a permit that was minted here, false for a look-alike. */
export function isPermit (value: unknown): value is Permit {
  return typeof value === 'object' && value !== null && Permit.is(value)
}

/** What routing and limits may know of a request: its form, without content. */
import { hmacSha256 } from '../enforce/hmac.ts'
import type { Principal, Shape, Workload } from '../pipeline/facts.ts'
import type { RequestReading } from '../protocol/contract.ts'
import type { ModelEntry } from '../runtime.ts'
import type { Candidates } from './candidates.ts'
import type { Exchange } from './exchange.ts'
import type { TokenCount } from './token-count.ts'

/** @param candidates endpoints that may serve it by configuration */
export function shapeOf (x: Exchange, { shape }: RequestReading, model: ModelEntry | null, candidates: Candidates, workload: Workload, tokens: TokenCount): Shape {
  return Object.freeze(new RequestShape(x, shape, model, candidates, workload, tokens))
}

class RequestShape implements Shape {
  readonly model: string | null
  readonly family: string | null
  readonly protocol: string
  readonly stream: boolean
  readonly maxOutputTokens: number | null
  readonly toolCount: number
  readonly outputFormat: Shape['outputFormat']
  readonly workload: Workload
  readonly affinity: string | null
  readonly #tokens: TokenCount
  readonly #prices: Candidates['prices']

  constructor (x: Exchange, shape: RequestReading['shape'], model: ModelEntry | null, { prices }: Candidates, workload: Workload, tokens: TokenCount) {
    this.model = model?.name ?? null
    this.family = model?.family ?? null
    this.protocol = x.route.config.protocol
    this.stream = shape.stream
    this.maxOutputTokens = shape.maxOutputTokens
    this.toolCount = shape.toolCount
    this.outputFormat = shape.outputFormat
    this.workload = workload
    this.affinity = affinityOf(x)
    this.#tokens = tokens
    this.#prices = prices
  }

  get tokenEstimate (): number { return this.#tokens.value }

  /** Price per million tokens in dollars is price per token in micros. Without an asked output, input alone is bounded. */
  get priceBoundMicros (): number | null {
    if (this.#prices.length === 0) return null
    const costs = this.#prices.map(price => price.input * this.tokenEstimate + price.output * (this.maxOutputTokens ?? 0))
    return Math.ceil(Math.max(...costs))
  }
}

/** By the principal that identity plugins remember with its credential. */
const affinities = new WeakMap<Principal, string>()

function affinityOf (x: Exchange): string | null {
  const { principal } = x.run.facts
  if (principal === undefined) return null
  const known = affinities.get(principal)
  if (known !== undefined) return known
  const text = JSON.stringify(['affinity', principal.tenant, principal.issuer, principal.subject])
  const affinity = hmacSha256(x.services.macKey.secret, [Buffer.from(text)]).slice(0, 32)
  affinities.set(principal, affinity)
  return affinity
}

/**
 * The second door: what may be sent, where, and only so. A dispatch is sealed from permit, receipt and endpoint; the
 * transport below sends nothing without one. Were the validator bypassed, this still refuses.
 */
import { GatewayError } from '../errors.ts'
import type { Address } from '../protocol/provider.ts'
import { isReceipt, type Receipt } from '../audit/receipt.ts'
import type { Protocol, RawRequest, SendableReading } from '../protocol/contract.ts'
import type { Endpoint } from '../runtime.ts'
import { macOf, type Mac, type MacKey } from './mac.ts'
import { isPermit, type Permit } from './permit.ts'
import { upstreamHeaders } from '../http/headers.ts'

export interface DispatchRequest {
  readonly permit: Permit | undefined
  readonly receipt: Receipt | undefined
  readonly endpoint: Endpoint
  readonly protocol: Protocol
  /** The name that is sent where the endpoint has none of its own: callers may have used an alias, or a family's. Left out: what they sent. */
  readonly model?: string
  /** The body that was judged, and how it was read. */
  readonly judged: RawRequest
  readonly reading: SendableReading
  /** The MAC that stands in the record. */
  readonly dispatched: Mac
  readonly macKey: MacKey
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
}

export interface DispatchContent {
  readonly endpoint: Endpoint
  readonly url: URL
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  /** Null where the method carries none. */
  readonly body: Uint8Array | null
  /** Over what is sent, by the rule of the record. */
  readonly mac: Mac
  /** The model's name as the endpoint knows it, or null. */
  readonly model: string | null
}

const key = Symbol('dispatch')

export class Dispatch implements DispatchContent {
  /** Only what this constructor made has it: a copy is not sealed. */
  readonly #sealed = true
  readonly endpoint: Endpoint
  readonly url: URL
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array | null
  readonly mac: Mac
  readonly model: string | null

  constructor (seal: symbol, content: DispatchContent) {
    if (seal !== key) throw new TypeError('a dispatch is sealed from permit, receipt and endpoint alone')
    this.endpoint = content.endpoint
    this.url = content.url
    this.method = content.method
    this.headers = content.headers
    this.body = content.body
    this.mac = content.mac
    this.model = content.model
    Object.freeze(this)
  }

  static is (value: object): value is Dispatch {
    return #sealed in value && value.#sealed
  }
}

/** True for a dispatch that was sealed here. */
export function isSealed (value: object): value is Dispatch {
  return Dispatch.is(value)
}

/** Throws where permit, receipt and endpoint do not stand together, or the body differs from the one on record. */
export function sealDispatch (request: DispatchRequest): Dispatch {
  requireEvidence(request)
  const { endpoint, judged, reading } = request
  const body = bodyFor(request)
  const mac = macOf(request.macKey, macPartsOf(request, body))
  if (mac.mac !== request.dispatched.mac) throw new GatewayError('GW_INTERNAL', { cause: new Error('the body to send is not the body on record') })
  const { url, headers } = addressOf(request)
  const hasBody = body.length > 0 || !bodiless.has(judged.method)
  return new Dispatch(key, {
    endpoint,
    url,
    method: judged.method,
    headers: upstreamHeaders(request.headers, judged.headers, endpoint.config, headers, hasBody ? body.length : null),
    body: hasBody ? body : null,
    mac,
    model: reading.model === null ? null : endpoint.config.model ?? request.model ?? reading.model.name
  })
}

const addresses = new WeakMap<Endpoint, Map<string, Address>>()

/** Where callers name models, an endpoint has one address for each dialect's path: it is worked out once. */
function addressOf ({ endpoint, protocol, judged, reading }: DispatchRequest): Address {
  const { path, query } = reading.target
  const work = (): Address => endpoint.provider.address(endpoint.config, { protocol: protocol.name, method: judged.method, path, query })
  if (!protocol.hasModels || query !== '') return work()
  const known = addresses.get(endpoint) ?? new Map<string, Address>()
  const name = `${protocol.name} ${judged.method} ${path}`
  const address = known.get(name) ?? work()
  if (known.size < mostAddresses) addresses.set(endpoint, known.set(name, address))
  return address
}

/** Paths of protocols are few; one that holds a caller's words must not fill the memory. */
const mostAddresses = 64

const bodiless: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'DELETE'])

function requireEvidence ({ permit, receipt, endpoint, protocol }: DispatchRequest): void {
  const evident = isPermit(permit) && isReceipt(receipt) && receipt.decisionId === permit.decisionId && permit.covers(endpoint.config.id)
  const speaks = endpoint.provider.protocols.includes(protocol.name) // nothing is translated
  if (!evident || !speaks) throw new GatewayError('GW_PLUGIN_CONTRACT_BROKEN', { cause: new Error('dispatch without permit, receipt and an endpoint of the permit') })
}

/** The judged body; where the endpoint knows the model by another name, that value's bytes are replaced and no others. */
function bodyFor ({ endpoint, judged, reading, model: served }: DispatchRequest): Uint8Array {
  const { model } = reading
  const name = endpoint.config.model ?? served
  if (model === null || name === undefined || name === model.name) return judged.body
  const { start, end } = model.span
  return Buffer.concat([judged.body.subarray(0, start), Buffer.from(JSON.stringify(name)), judged.body.subarray(end)])
}

/** The parts of what is sent, cut anew around the model's value as it now stands. */
function macPartsOf ({ judged, reading }: DispatchRequest, body: Uint8Array): readonly Uint8Array[] {
  if (reading.model === null || body === judged.body) return reading.macParts(body)
  const { start, end } = reading.model.span
  const tail = judged.body.length - end
  return [body.subarray(0, start), body.subarray(body.length - tail)]
}

/** Opens the body once a principal stands: reads it, lets the protocol take it apart, and makes the facts of it. */
import { GatewayError } from '../errors.ts'
import { macOf } from '../enforce/mac.ts'
import type { Facts, RequestFacts, Workload } from '../pipeline/facts.ts'
import type { RawRequest, RequestReading } from '../protocol/contract.ts'
import type { ModelEntry } from '../runtime.ts'
import { bodyKey } from './body-key.ts'
import { readBody } from './body.ts'
import { allCandidates, candidatesOf, type Candidates } from './candidates.ts'
import type { Exchange } from './exchange.ts'
import { readNarrowing } from './narrowing.ts'
import { shapeOf } from './shape.ts'
import { TokenCount } from './token-count.ts'
import { workloadOf } from './workload.ts'

export type ContentFacts = Pick<Facts, 'prompt' | 'shape' | 'request' | 'quota'>

/** Throws GatewayError for what cannot be read or names nothing that is served here. */
export async function openContent (x: Exchange): Promise<ContentFacts> {
  refuseUpgrade(x)
  x.raw = rawOf(x, await readBody(x.request.raw, x.route.config.bodyLimitBytes, x.signal))
  x.narrowing = readNarrowing(x.request.headers, x.runtime.configuration.reasons)
  const reading = x.route.protocol.read(x.raw)
  x.reading = reading
  x.received = macOf(bodyKey(x), reading.macParts(x.raw.body))
  const model = resolveModel(x, reading)
  x.model = model?.name ?? null
  x.unscanned = reading.unscanned
  const candidates = reading.answer === undefined ? candidatesOf(x.runtime, x.route, model) : allCandidates(x.runtime)
  const tokens = new TokenCount(reading.shape.tokenEstimate, reading.leaves, model?.encoding ?? null)
  x.tokens = tokens
  if (reading.answer === undefined) refuseTooLong(candidates, x.raw, tokens)
  const workload = classOf(x, model, reading)
  return {
    prompt: { leaves: reading.leaves },
    shape: shapeOf(x, reading, model, candidates, workload, tokens),
    request: requestFacts(x, reading, model, candidates, workload),
    quota: []
  }
}

function refuseUpgrade (x: Exchange): void {
  if (x.request.headers.upgrade !== undefined) throw new GatewayError('GW_REQUEST_UPGRADE')
}

function rawOf (x: Exchange, body: Buffer): RawRequest {
  const { headers, method } = x.request
  return {
    method,
    path: x.path,
    query: x.query,
    route: x.route.config.path,
    stripPrefix: x.route.config.stripPrefix,
    contentType: headers['content-type'] ?? null,
    contentEncoding: headers['content-encoding'] ?? null,
    accept: headers.accept ?? null,
    headers: forwarded(x),
    body
  }
}

function forwarded (x: Exchange): Array<[string, string]> {
  return x.route.forwardHeaders.flatMap(name => {
    const value = x.request.headers[name]
    return typeof value === 'string' ? [[name, value] as [string, string]] : []
  })
}

function resolveModel (x: Exchange, reading: RequestReading): ModelEntry | null {
  if (!x.route.protocol.hasModels || reading.model === null) return null
  const entry = x.runtime.models.get(reading.model.name)
  if (entry === undefined) throw new GatewayError('GW_ROUTE_MODEL_UNKNOWN')
  return entry
}

function refuseTooLong ({ context }: Candidates, { body }: RawRequest, tokens: TokenCount): void {
  if (context === null || body.length <= context) return // no token is shorter than a byte
  if (tokens.value > context) throw new GatewayError('GW_ROUTE_CONTEXT_TOO_LONG')
}

function classOf (x: Exchange, model: ModelEntry | null, { shape }: RequestReading): Workload {
  const rules = x.runtime.configuration.workloads
  if (rules.length === 0) return shape.workload
  return workloadOf(rules, { ...shape, model: model?.name ?? null, family: model?.family ?? null, route: x.route.config.path })
}

function requestFacts (x: Exchange, reading: RequestReading, model: ModelEntry | null, { ids: candidates }: Candidates, workload: Workload): RequestFacts {
  const { shape } = reading
  return Object.freeze({
    id: x.id,
    route: x.route.config.path,
    protocol: x.route.config.protocol,
    model: model?.name ?? null,
    stream: shape.stream,
    tools: reading.tools,
    toolCount: shape.toolCount,
    messageCount: reading.messageCount,
    contentBytes: x.raw?.body.length ?? 0,
    tokenEstimate: shape.tokenEstimate,
    maxOutputTokens: shape.maxOutputTokens,
    outputFormat: shape.outputFormat,
    workload,
    serverSide: reading.serverSide,
    unscanned: reading.unscanned,
    receivedMs: x.receivedMs,
    reason: x.narrowing?.reason ?? null,
    action: reading.action,
    resource: reading.resource ?? { type: 'model', id: model?.name ?? '', family: model?.family ?? null },
    candidates,
    region: x.runtime.configuration.region,
    trace: x.trace
  })
}

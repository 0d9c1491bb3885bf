/**
 * The policy input (CONTRACT 4): closed, every field there, lists sorted, integers alone, no text of the prompt. Facts come from
 * plugins, also from those of others: one that does not have its form is refused here. A rule that narrows would otherwise
 * quietly not match it.
 */
import { GatewayError, type Classification, type Facts, type LabelSummary, type Principal, type QuotaEntry, type RequestFacts, type Unscanned } from '../../../core/pipeline/plugin.ts'

export type PolicyView = Readonly<Pick<Facts, 'principal' | 'classification' | 'request' | 'quota'>>

export type PolicyInput = Readonly<Record<string, unknown>>

/**
 * A new object: nothing of the view is shared. Keys are written in sorted order, so that its JSON text is canonical (RFC 8785).
 * Throws GatewayError `GW_POLICY_INVALID` that names the field.
 */
export function policyInput ({ principal, classification, request, quota }: PolicyView): PolicyInput {
  return {
    action: { name: actionOf(request.action) },
    classification: classificationOf(classification),
    context: { now_ms: count(request.receivedMs, 'context.now_ms'), region: textOrNull(request.region, 'context.region'), trace: textOrNull(request.trace, 'context.trace') },
    quota: sortedBy(list(quota, 'quota').map(quotaOf), entry => JSON.stringify([entry.per, entry.unit, entry.limit])),
    request: requestOf(request),
    resource: { family: textOrNull(request.resource.family, 'resource.family'), id: text(request.resource.id, 'resource.id'), type: oneOf(request.resource.type, resourceTypes, 'resource.type') },
    subject: subjectOf(principal),
    v: 1
  }
}

function requestOf (request: RequestFacts): PolicyInput {
  return {
    content_bytes: count(request.contentBytes, 'request.content_bytes'),
    id: text(request.id, 'request.id'),
    message_count: count(request.messageCount, 'request.message_count'),
    model: textOrNull(request.model, 'request.model'),
    output_format: request.outputFormat === null ? null : oneOf(request.outputFormat, formats, 'request.output_format'),
    protocol: text(request.protocol, 'request.protocol'),
    reason: textOrNull(request.reason, 'request.reason'),
    received_ms: count(request.receivedMs, 'request.received_ms'),
    route: text(request.route, 'request.route'),
    server_side: sortedTexts(request.serverSide, 'request.server_side'),
    stream: flag(request.stream, 'request.stream'),
    token_estimate: count(request.tokenEstimate, 'request.token_estimate'),
    tool_count: count(request.toolCount, 'request.tool_count'),
    tools: sortedTexts(request.tools, 'request.tools'),
    workload: oneOf(request.workload, workloads, 'request.workload')
  }
}

function subjectOf (principal: Principal): PolicyInput {
  const { assurance, expiresMs, method } = principal
  return {
    actors: list(principal.actors, 'subject.actors').map(({ issuer, id }) => ({ id: text(id, 'subject.actors'), issuer: text(issuer, 'subject.actors') })), // nearest first
    auth: { assurance: textOrNull(assurance, 'subject.auth.assurance'), expires_ms: expiresMs === null ? null : count(Math.min(expiresMs, Number.MAX_SAFE_INTEGER), 'subject.auth.expires_ms'), method: text(method, 'subject.auth.method') },
    groups: sortedTexts(principal.groups, 'subject.groups'),
    id: text(principal.subject, 'subject.id'),
    issuer: text(principal.issuer, 'subject.issuer'),
    role: textOrNull(principal.role, 'subject.role'),
    roles: sortedTexts(principal.roles, 'subject.roles'),
    tenant: textOrNull(principal.tenant, 'subject.tenant'),
    type: oneOf(principal.type, subjectTypes, 'subject.type')
  }
}

function classificationOf ({ tag, rank, complete, labels, findings, unscanned }: Classification): PolicyInput {
  return {
    complete: flag(complete, 'classification.complete'),
    findings: sortedBy(list(findings, 'classification.findings').map(findingOf), ({ label, path }) => JSON.stringify([label, path])),
    labels: Object.fromEntries(Object.keys(object(labels, 'classification.labels')).sort().map(label => [label, summaryOf(labels[label])])),
    rank: count(rank, 'classification.rank'),
    tag: text(tag, 'classification.tag'),
    unscanned: sortedBy(list(unscanned, 'classification.unscanned').map(unscannedOf), ({ kind, path, bytes }) => JSON.stringify([kind, path, bytes]))
  }
}

function findingOf ({ label, path, count: found }: Classification['findings'][number]): { readonly label: string, readonly path: string } & PolicyInput {
  return { count: count(found, 'classification.findings'), label: text(label, 'classification.findings'), path: text(path, 'classification.findings') }
}

function summaryOf (summary: LabelSummary | undefined): PolicyInput {
  const { count: found, distinct, maxConfidence } = object(summary, 'classification.labels') as unknown as LabelSummary
  return { count: count(found, 'classification.labels'), distinct: count(distinct, 'classification.labels'), max_confidence: count(maxConfidence, 'classification.labels') }
}

function unscannedOf ({ kind, path, bytes }: Unscanned): Unscanned {
  return { bytes: count(bytes, 'classification.unscanned'), kind: oneOf(kind, unscannedKinds, 'classification.unscanned'), path: text(path, 'classification.unscanned') }
}

function quotaOf ({ per, unit, limit, used, remaining, resetMs }: QuotaEntry): { readonly per: readonly string[], readonly unit: string, readonly limit: number } & PolicyInput {
  return {
    limit: count(Math.floor(limit), 'quota'),
    per: list(per, 'quota').map(name => text(name, 'quota')),
    remaining: count(Math.max(0, Math.floor(remaining)), 'quota'),
    reset_ms: count(Math.max(0, Math.ceil(resetMs)), 'quota'),
    unit: text(unit, 'quota'),
    used: count(Math.ceil(used), 'quota')
  }
}

/** Those of protocols that name a model, and the methods of http routes. */
function actionOf (action: string): string {
  return typeof action === 'string' && action.startsWith('http.') ? action : oneOf(action, actions, 'action.name')
}

const actions: readonly string[] = ['chat', 'completion', 'embedding', 'models.list', 'count_tokens']
const resourceTypes: readonly string[] = ['model', 'http']
const formats = ['text', 'json_object', 'json_schema'] as const satisfies ReadonlyArray<RequestFacts['outputFormat']>
const workloads = ['chat', 'embedding', 'tool_use', 'structured_output', 'long_context', 'batch'] as const satisfies ReadonlyArray<RequestFacts['workload']>
const subjectTypes = ['user', 'service', 'agent'] as const satisfies ReadonlyArray<Principal['type']>
const unscannedKinds = ['image', 'audio', 'file', 'token_array', 'remote', 'state', 'encrypted', 'binary', 'opaque'] as const satisfies ReadonlyArray<Unscanned['kind']>

/** What the types say is held to it: those who make facts need not have been compiled against them. */
function text (value: unknown, field: string): string {
  return typeof value === 'string' ? value : malformed(field)
}

function textOrNull (value: unknown, field: string): string | null {
  return value === null ? null : text(value, field)
}

function flag (value: unknown, field: string): boolean {
  return typeof value === 'boolean' ? value : malformed(field)
}

/** A whole number from 0, rounded. */
function count (value: unknown, field: string): number {
  const whole = typeof value === 'number' ? Math.round(value) : NaN
  return Number.isSafeInteger(whole) && whole >= 0 ? whole : malformed(field)
}

function oneOf<T extends string> (value: T, known: readonly T[], field: string): T {
  return known.includes(value) ? value : malformed(field)
}

function list<T> (values: readonly T[], field: string): readonly T[] {
  if (!Array.isArray(values)) malformed(field)
  for (const value of values as readonly unknown[]) if (value === null || value === undefined) malformed(field)
  return values
}

function object (value: unknown, field: string): object {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : malformed(field)
}

/** By UTF-16 units, none twice. */
function sortedTexts (values: readonly string[], field: string): readonly string[] {
  const texts = list(values, field).map(value => text(value, field))
  return texts.length < 2 ? texts : [...new Set(texts)].sort()
}

function sortedBy<T> (items: readonly T[], keyOf: (item: T) => string): readonly T[] {
  return items.length < 2 ? items : items.map(item => ({ item, key: keyOf(item) })).sort((a, b) => a.key < b.key ? -1 : a.key > b.key ? 1 : 0).map(({ item }) => item)
}

function malformed (field: string): never {
  throw new GatewayError('GW_POLICY_INVALID', { cause: new TypeError(`the fact for input.${field} does not have its form`) })
}

/** The policy input (CONTRACT 4): closed, every field there, lists sorted, integers alone, no text of the prompt. */
import type { Classification, Facts, Principal, QuotaEntry, RequestFacts, Unscanned } from '../../../core/pipeline/plugin.ts'

export type PolicyView = Readonly<Pick<Facts, 'principal' | 'classification' | 'request' | 'quota'>>

export type PolicyInput = Readonly<Record<string, unknown>>

/** A new object: nothing of the view is shared. */
export function policyInput ({ principal, classification, request, quota }: PolicyView): PolicyInput {
  return {
    v: 1,
    request: requestOf(request),
    subject: subjectOf(principal),
    action: { name: request.action },
    resource: { type: request.resource.type, id: request.resource.id, family: request.resource.family },
    classification: classificationOf(classification),
    quota: sortedBy(quota.map(quotaOf), entry => JSON.stringify([entry.per, entry.unit, entry.limit])),
    context: { now_ms: integer(request.receivedMs), region: request.region, trace: request.trace }
  }
}

function requestOf (request: RequestFacts): PolicyInput {
  return {
    id: request.id,
    route: request.route,
    protocol: request.protocol,
    model: request.model,
    stream: request.stream,
    tools: sorted(request.tools),
    tool_count: integer(request.toolCount),
    message_count: integer(request.messageCount),
    content_bytes: integer(request.contentBytes),
    token_estimate: integer(request.tokenEstimate),
    output_format: request.outputFormat,
    workload: request.workload,
    server_side: sorted(request.serverSide),
    received_ms: integer(request.receivedMs),
    reason: request.reason
  }
}

function subjectOf (principal: Principal): PolicyInput {
  return {
    type: principal.type,
    id: principal.subject,
    issuer: principal.issuer,
    tenant: principal.tenant,
    roles: sorted(principal.roles),
    role: principal.role,
    groups: sorted(principal.groups),
    auth: { method: principal.method, assurance: principal.assurance, expires_ms: principal.expiresMs === null ? null : integer(principal.expiresMs) },
    actors: principal.actors.map(({ issuer, id }) => ({ issuer, id })) // nearest first
  }
}

function classificationOf ({ tag, rank, complete, labels, findings, unscanned }: Classification): PolicyInput {
  const summaries = Object.entries(labels).map(([label, { count, distinct, maxConfidence }]) => [label, { count, distinct, max_confidence: integer(maxConfidence) }])
  return {
    tag,
    rank,
    complete,
    labels: Object.fromEntries(summaries),
    findings: sortedBy(findings.map(({ label, path, count }) => ({ label, path, count })), ({ label, path }) => JSON.stringify([label, path])),
    unscanned: sortedBy(unscanned.map(unscannedOf), ({ kind, path, bytes }) => JSON.stringify([kind, path, bytes]))
  }
}

function unscannedOf ({ kind, path, bytes }: Unscanned): Unscanned {
  return { kind, path, bytes: integer(bytes) }
}

function quotaOf ({ per, unit, limit, used, remaining, resetMs }: QuotaEntry): { readonly per: readonly string[], readonly unit: string, readonly limit: number } & PolicyInput {
  return { per: [...per], unit, limit: Math.floor(limit), used: Math.ceil(used), remaining: Math.floor(remaining), reset_ms: Math.ceil(resetMs) }
}

function integer (value: number): number {
  return Math.round(value)
}

/** By UTF-16 units, none twice. */
function sorted (texts: readonly string[]): string[] {
  return [...new Set(texts)].sort()
}

function sortedBy<T> (items: readonly T[], keyOf: (item: T) => string): T[] {
  return items.map(item => ({ item, key: keyOf(item) })).sort((a, b) => a.key < b.key ? -1 : a.key > b.key ? 1 : 0).map(({ item }) => item)
}

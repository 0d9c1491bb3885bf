/** The policy input (CONTRACT 4): closed, every field there, lists sorted, integers alone, no text of the prompt. */
import type { Classification, Facts, LabelSummary, Principal, QuotaEntry, RequestFacts, Unscanned } from '../../../core/pipeline/plugin.ts'

export type PolicyView = Readonly<Pick<Facts, 'principal' | 'classification' | 'request' | 'quota'>>

export type PolicyInput = Readonly<Record<string, unknown>>

/** A new object: nothing of the view is shared. Keys are written in sorted order, so that its JSON text is canonical (RFC 8785). */
export function policyInput ({ principal, classification, request, quota }: PolicyView): PolicyInput {
  return {
    action: { name: request.action },
    classification: classificationOf(classification),
    context: { now_ms: integer(request.receivedMs), region: request.region, trace: request.trace },
    quota: sortedBy(quota.map(quotaOf), entry => JSON.stringify([entry.per, entry.unit, entry.limit])),
    request: requestOf(request),
    resource: { family: request.resource.family, id: request.resource.id, type: request.resource.type },
    subject: subjectOf(principal),
    v: 1
  }
}

function requestOf (request: RequestFacts): PolicyInput {
  return {
    content_bytes: integer(request.contentBytes),
    id: request.id,
    message_count: integer(request.messageCount),
    model: request.model,
    output_format: request.outputFormat,
    protocol: request.protocol,
    reason: request.reason,
    received_ms: integer(request.receivedMs),
    route: request.route,
    server_side: sorted(request.serverSide),
    stream: request.stream,
    token_estimate: integer(request.tokenEstimate),
    tool_count: integer(request.toolCount),
    tools: sorted(request.tools),
    workload: request.workload
  }
}

function subjectOf (principal: Principal): PolicyInput {
  return {
    actors: principal.actors.map(({ issuer, id }) => ({ id, issuer })), // nearest first
    auth: { assurance: principal.assurance, expires_ms: principal.expiresMs === null ? null : integer(principal.expiresMs), method: principal.method },
    groups: sorted(principal.groups),
    id: principal.subject,
    issuer: principal.issuer,
    role: principal.role,
    roles: sorted(principal.roles),
    tenant: principal.tenant,
    type: principal.type
  }
}

function classificationOf ({ tag, rank, complete, labels, findings, unscanned }: Classification): PolicyInput {
  return {
    complete,
    findings: sortedBy(findings.map(({ label, path, count }) => ({ count, label, path })), ({ label, path }) => JSON.stringify([label, path])),
    labels: Object.fromEntries(Object.keys(labels).sort().map(label => [label, summaryOf(labels[label])])),
    rank,
    tag,
    unscanned: sortedBy(unscanned.map(unscannedOf), ({ kind, path, bytes }) => JSON.stringify([kind, path, bytes]))
  }
}

function summaryOf (summary: LabelSummary | undefined): PolicyInput {
  return { count: summary?.count ?? 0, distinct: summary?.distinct ?? 0, max_confidence: integer(summary?.maxConfidence ?? 0) }
}

function unscannedOf ({ kind, path, bytes }: Unscanned): Unscanned {
  return { bytes: integer(bytes), kind, path }
}

function quotaOf ({ per, unit, limit, used, remaining, resetMs }: QuotaEntry): { readonly per: readonly string[], readonly unit: string, readonly limit: number } & PolicyInput {
  return { limit: Math.floor(limit), per: [...per], remaining: Math.floor(remaining), reset_ms: Math.ceil(resetMs), unit, used: Math.ceil(used) }
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

/** Policies and inputs for measurements. */
import type { PolicyData } from '../../core/pipeline/plugin.ts'

export const gatewayFacts: PolicyData = {
  endpoints: { main: { labels: { region: 'eu', baa: true } }, other: { labels: { region: 'us', baa: false } } },
  models: { assistant: { family: null, endpoints: ['main', 'other'] } },
  tenants: null,
  routes: {},
  taxonomy: { levels: ['public', 'internal', 'confidential', 'restricted'] }
}

const header = (area: string): string => `package gateway.policy.${area}\n\n`

export const benchPolicy: Readonly<Record<string, string>> = {
  'bench.rego': `${header('bench')}permit contains {"id": "clinicians", "endpoints": ["main", "other"]} if "clinician" in input.subject.roles

forbid contains {"code": "secret_found"} if {
  some label, _ in input.classification.labels
  startswith(label, "secret.")
}

restrict contains {"id": "phi_needs_baa", "endpoints": {id | some id, endpoint in data.gateway.endpoints; endpoint.labels.baa == true}} if {
  some label, _ in input.classification.labels
  startswith(label, "phi.")
}

redact contains {"labels": ["pii.*"], "operator": "replace"}
`
}

/** Does not come to an end for the subject `endless`. */
export const endlessPolicy: Readonly<Record<string, string>> = {
  'endless.rego': `${header('endless')}permit contains {"id": "everyone", "endpoints": ["main"]}

forbid contains {"code": "never"} if {
  input.subject.id == "endless"
  numbers_to := numbers.range(1, 3000)
  some a in numbers_to
  some b in numbers_to
  some c in numbers_to
  a + b + c == -1
}
`
}

/** One permit a subject. */
export function familyPolicy (rules: number): Readonly<Record<string, string>> {
  const permits = Array.from({ length: rules }, (_, index) => `permit contains {"id": "p${index}", "endpoints": ["main"]} if input.subject.id == "u-${index}"\n`)
  return { 'family.rego': header('family') + permits.join('\n') }
}

/** A folder of many small areas, each with helpers. */
export function manyModules (count: number): Readonly<Record<string, string>> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`area_${index}.rego`, `${header(`area_${index}`)}import data.gateway.lib.labels
import data.gateway.lib.subject

permit contains {"id": "members_${index}", "endpoints": endpoints} if {
  subject.in_any_group({"group-${index}"})
  endpoints := {id | some id, endpoint in data.gateway.endpoints; endpoint.labels.region == "eu"}
}

forbid contains {"code": "found_${index}"} if {
  labels.found("custom.kind_${index}.*")
  not is_excused
}

is_excused if input.request.workload == "batch"
`]))
}

/** An input whose JSON is about so many bytes. */
export function askedInput (bytes: number): string {
  const input = {
    action: { name: 'chat' },
    classification: { complete: true, findings: [] as unknown[], labels: { 'pii.email_address': { count: 1, distinct: 1, max_confidence: 950 } }, rank: 2, tag: 'confidential', unscanned: [] },
    context: { now_ms: 1795400000000, region: 'eu', trace: null },
    quota: [{ limit: 100000, per: ['tenant'], remaining: 97700, reset_ms: 42000, unit: 'tokens', used: 2300 }],
    request: { content_bytes: 812, id: '019a0000-0000-7000-8000-000000000001', message_count: 3, model: 'assistant', output_format: 'text', protocol: 'openai.chat', reason: null, received_ms: 1795400000000, route: '/v1/chat/completions', server_side: [], stream: true, token_estimate: 210, tool_count: 1, tools: ['search'], workload: 'chat' },
    resource: { family: null, id: 'assistant', type: 'model' },
    subject: { actors: [], auth: { assurance: null, expires_ms: 1795400300000, method: 'jwt' }, groups: [], id: 'u-7', issuer: 'https://idp.example', role: 'clinician', roles: ['clinician'], tenant: 'acme', type: 'user' },
    v: 1
  }
  for (let number = 0; JSON.stringify(input).length < bytes; number++) input.classification.findings.push({ count: 1, label: 'pii.email_address', path: `/messages/*/content/${number}` })
  return JSON.stringify(input)
}

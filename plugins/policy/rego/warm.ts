/**
 * V8 compiles a function of WebAssembly when it is first called, which may take longer than an evaluation is given. The
 * compiled code belongs to the module, whoever runs it: one worker of its own calls what it can, and ends. It is asked about
 * large inputs too: a policy that goes through them again and again would not come to an end in time.
 */
import { GatewayError } from '../../../core/errors.ts'
import { entrypoints } from '../../../rego/library.ts'
import { openPool, type PolicyParts } from './pool.ts'
import { PolicyRefused } from './source/source.ts'

/** Enough for any policy that can be served, and a bound for one that cannot. */
const deadlineMs = 1000

/**
 * What the policy answers does not matter. Throws GatewayError `GW_POLICY_UNAVAILABLE` where it cannot be loaded, PolicyRefused
 * where it does not answer in {@link deadlineMs}.
 */
export async function warmUp (parts: PolicyParts): Promise<void> {
  const pool = await openPool(parts, { workers: 1, deadlineMs, spare: false })
  try {
    for (const tenant of [null, ...[...parts.tenants.keys()].slice(0, 8)]) {
      for (const entrypoint of Object.values(entrypoints)) {
        for (const input of [inputOf(1), inputOf(64)]) await pool.ask({ tenant, entrypoint, inputText: input }).catch(endless)
      }
    }
  } finally {
    await pool.close()
  }
}

function endless (thrown: unknown): void {
  if (thrown instanceof GatewayError && thrown.code === 'GW_POLICY_TIMEOUT') throw new PolicyRefused(`the policy does not answer within ${deadlineMs} ms: it goes through its input, or numbers, too often`)
}

/** Of the form of a decision's input, with something for each part of the library to do. @param size of its lists */
function inputOf (size: number): string {
  const list = <T>(item: (index: number) => T): T[] => Array.from({ length: size }, (_, index) => item(index))
  const labels = Object.fromEntries(list(index => [`pii.name_${index}`, { count: 1, distinct: 1, max_confidence: 900 }]))
  return JSON.stringify({
    v: 1,
    request: { id: '', model: '', route: '', protocol: '', stream: false, tools: list(index => `tool_${index}`), tool_count: size, message_count: size, content_bytes: 1, token_estimate: 1, output_format: 'text', workload: 'chat', server_side: [''], received_ms: 0, reason: null },
    subject: { type: 'user', id: '', issuer: '', tenant: '', roles: list(index => `role_${index}`), role: '', groups: list(index => `group_${index}`), auth: { method: '', assurance: null, expires_ms: null }, actors: list(index => ({ issuer: '', id: `${index}` })) },
    action: { name: 'chat' },
    resource: { type: 'model', id: '', family: '' },
    classification: { tag: '', rank: 0, complete: false, labels, findings: list(index => ({ label: `pii.name_${index}`, path: '/a', count: 1 })), unscanned: [{ kind: 'image', path: '', bytes: 1 }] },
    quota: list(() => ({ per: ['tenant'], unit: 'tokens', limit: 1, used: 1, remaining: 0, reset_ms: 1 })),
    context: { now_ms: 0, region: null, trace: null },
    response: { classification: { tag: '', rank: 0, complete: true, labels, findings: [], unscanned: [] }, endpoint: '', model: '', finish: 'stop', tools: list(index => ({ name: `tool_${index}`, labels: [] })), bytes: 0 }
  })
}

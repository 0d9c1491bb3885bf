/**
 * V8 compiles a function of WebAssembly when it is first called, which may take longer than an evaluation is given. The
 * compiled code belongs to the module, whoever runs it: one worker of its own calls what it can, and ends.
 */
import { entrypoints } from '../../../rego/library.ts'
import { openPool, type PolicyParts } from './pool.ts'

/** Enough for any policy that can be served, and a bound for one that cannot. */
const deadlineMs = 500

/** What the policy answers does not matter. Throws GatewayError `GW_POLICY_UNAVAILABLE` where it cannot be loaded. */
export async function warmUp (parts: PolicyParts): Promise<void> {
  const pool = await openPool(parts, { workers: 1, deadlineMs })
  try {
    for (const entrypoint of Object.values(entrypoints)) await pool.ask(null, entrypoint, anyInput).catch(() => {})
  } finally {
    await pool.close()
  }
}

/** Of the form of a decision's input, with something for each part of the library to do. */
const anyInput = JSON.stringify({
  v: 1,
  request: { id: '', model: '', route: '', protocol: '', tools: [''], server_side: [''], reason: null },
  subject: { type: 'user', id: '', issuer: '', tenant: '', roles: [''], role: '', groups: [], auth: { method: '' }, actors: [] },
  action: { name: 'chat' },
  resource: { type: 'model', id: '', family: '' },
  classification: { tag: '', rank: 0, complete: false, labels: { 'pii.name': { count: 1 } }, findings: [], unscanned: [{ kind: 'image', path: '', bytes: 1 }] },
  quota: [],
  context: { now_ms: 0 },
  response: { classification: { labels: { 'pii.name': { count: 1 } } }, endpoint: '', model: '', finish: 'stop', tools: [], bytes: 0 }
})

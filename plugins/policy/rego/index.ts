/**
 * `policy.rego`: asks a policy in Rego, compiled to WebAssembly, in worker threads under a deadline. The core's authority
 * decodes what it answers; nothing here can mint a permit.
 */
import { createHash } from 'node:crypto'
import { noteCanonical } from '../../../core/audit/canonical.ts'
import { toGatewayError } from '../../../core/errors.ts'
import type { DecisionAuthority, PolicyVersion } from '../../../core/enforce/decision.ts'
import { definePlugin, GatewayError, halt, proceed, type PluginFault, type StageResult } from '../../../core/pipeline/plugin.ts'
import { buildPolicy } from '../../../rego/build.ts'
import type { BuiltPolicy } from '../../../rego/policy.ts'
import { readValue } from '../../../rego/engine/term.ts'
import { entrypoints } from '../../../rego/library.ts'
import { loadModuleAside } from '../../../rego/compiler/load.ts'
import { describeDiagnostic, type Diagnostic } from '../../../rego/compiler/types.ts'
import { configSchema, decodeConfig, type PolicyRegoConfig } from './config.ts'
import { policyInput, type PolicyView } from './input.ts'
import { makeJudge, noObjection } from './judge.ts'
import { openPool, type PolicyParts, type Pool } from './pool.ts'
import { warmUp } from './warm.ts'

export default definePlugin({
  name: 'policy.rego',
  version: '1.0.0',
  phase: 'policy',
  reads: ['principal', 'classification', 'request', 'quota'],
  provides: ['decision', 'permit'],
  configSchema,
  check: async (config: PolicyRegoConfig, { folder, policyData }) => {
    const { faults } = await buildPolicy({ dir: decodeConfig(config, folder).dir, gateway: policyData })
    return faults.map(pluginFault)
  },
  setup: async (config: PolicyRegoConfig, { folder, policyData, authority, log }) => {
    const { dir, ...options } = decodeConfig(config, folder)
    const { policy, faults } = await buildPolicy({ dir, gateway: policyData })
    if (policy === null) throw new Error(`the policy is refused:\n${faults.map(describeDiagnostic).join('\n')}`)
    const parts = await partsOf(policy)
    await warmUp(parts)
    const pool = await openPool(parts, options)
    log.info({ policy: policy.version.version }, 'policy loaded')
    const means = { pool, authority, version: policy.version, judges: policy.judges }
    return {
      run: async (view, signal) => await decide(view, signal, means),
      close: async () => { await pool.close() }
    }
  }
})

async function partsOf ({ wasm, tenants, dataText, evaluated }: BuiltPolicy): Promise<PolicyParts> {
  const compile = (bytes: Uint8Array): WebAssembly.Module => new WebAssembly.Module(new Uint8Array(bytes))
  const evaluator = evaluated.length === 0 ? null : await loadModuleAside()
  return { module: compile(wasm), tenants: new Map([...tenants].map(([name, bytes]) => [name, compile(bytes)])), dataText, evaluator }
}

interface Means { readonly pool: Pool, readonly authority: DecisionAuthority, readonly version: PolicyVersion, readonly judges: boolean }

type Decided = StageResult<'decision' | 'permit'>

async function decide (view: PolicyView, signal: AbortSignal, { pool, authority, version, judges }: Means): Promise<Decided> {
  try {
    signal.throwIfAborted()
    const input = policyInput(view)
    const inputText = JSON.stringify(input) // canonical: its maker sorts the keys
    noteCanonical(input, inputText)
    const { tenant } = view.principal
    const ask = async (entrypoint: string, text: string): Promise<unknown> => documentOf(await pool.ask(tenant, entrypoint, text))
    const document = await ask(entrypoints.decision, inputText)
    const judge = judges ? makeJudge(async text => await ask(entrypoints.judgement, text), view.request.id, inputText) : noObjection
    const { decision, permit } = authority.decide({ document, policy: version, input, inputDigest: digestOf(inputText), judge })
    if (permit !== null) return proceed({ decision, permit })
    const message = messageOf(document)
    return { kind: 'halt', error: new GatewayError('GW_POLICY_DENIED', { reasons: decision.reasons, ...message }), facts: { decision } }
  } catch (thrown) {
    return halt(toGatewayError(thrown, 'GW_POLICY_ERROR'))
  }
}

/** The one result of an evaluation. Throws GatewayError for none, or several. */
function documentOf (text: string): unknown {
  const results = readValue(text)
  if (!Array.isArray(results) || results.length === 0) throw new GatewayError('GW_POLICY_UNDEFINED')
  const [first]: readonly unknown[] = results
  if (results.length > 1 || typeof first !== 'object' || first === null || !('result' in first)) throw new GatewayError('GW_POLICY_INVALID')
  return first.result
}

/** The static text that a policy has for the caller; the authority has held it to its form. */
function messageOf (document: unknown): { readonly callerMessage?: string } {
  const message = typeof document === 'object' && document !== null && 'message' in document ? document.message : null
  return typeof message === 'string' ? { callerMessage: message } : {}
}

/** Over the bytes that were evaluated. */
function digestOf (text: string): string {
  return `sha256:${createHash('sha256').update(text, 'utf8').digest('hex')}`
}

function pluginFault (fault: Diagnostic): PluginFault {
  return {
    code: 'GW_CONFIG_POLICY',
    message: `${fault.code}: ${fault.message}`,
    fix: 'correct the policy; `sallyport policy check` lists its faults',
    place: { file: fault.file, line: fault.row, column: fault.column }
  }
}

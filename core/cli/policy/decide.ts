/** The decision of a policy folder on one input, and why. */
import { join } from 'node:path'
import { buildPolicy } from '../../../rego/build.ts'
import { withCompiler } from '../../../rego/compile.ts'
import { RegoError, type RuleAt } from '../../../rego/compiler/compiler.ts'
import { openRunner } from '../../../rego/engine/runner.ts'
import { readValue } from '../../../rego/engine/term.ts'
import { entrypoints, libraryModules } from '../../../rego/library.ts'
import type { CaseEngine } from '../../../rego/cases.ts'
import { readPolicyFolder } from '../../../rego/sources.ts'
import { exitCodes, print, required, type Words } from '../command.ts'
import { shortPath } from '../faults.ts'
import { gatewayOf } from './folder.ts'
import { readObject } from './input.ts'

/** How long it may run, in milliseconds. */
const deadlineMs = 10_000

interface Decision {
  readonly effect: string
  readonly classification: { readonly tag: string }
  readonly endpoints: readonly string[]
  readonly reasons: readonly string[]
  readonly obligations: ReadonlyArray<Readonly<Record<string, unknown>>>
  readonly redactions: ReadonlyArray<{ readonly labels: readonly string[], readonly operator: string }>
  readonly message: string | null
}

/** Throws {@link RegoError} for a policy that has faults or does not answer. */
export async function decideOnce (words: Words, engine: CaseEngine): Promise<number> {
  const dir = required(words, 'dir')
  const input = readObject(required(words, 'input'))
  const { policy, faults } = await buildPolicy({ dir, gateway: gatewayOf(words) })
  if (policy === null) throw new RegoError(faults)
  const matched = await interpret(dir, input, policy.dataText)
  const decision = engine === 'opa' ? matched.decision : await enforce(policy.tenants.get(tenantIn(input) ?? '') ?? policy.wasm, policy.dataText, input)
  if (decision === null) throw RegoError.of('policy.undefined', 'the policy has no decision on this input: a field that the library reads is missing')
  if (words.flag('json')) print(JSON.stringify({ decision, rules: matched.rules.map(rule => ({ ...rule, file: shortPath(rule.file) })), policy: policy.version.version }))
  else describe(decision as Decision, matched.rules)
  return exitCodes.ok
}

function tenantIn (input: Readonly<Record<string, unknown>>): string | null {
  const { subject } = input
  return typeof subject === 'object' && subject !== null && 'tenant' in subject && typeof subject.tenant === 'string' ? subject.tenant : null
}

interface Interpreted { readonly decision: unknown, readonly rules: readonly RuleAt[] }

/** In OPA's interpreter, which tells the rules that were true, with those of the input's tenant. */
async function interpret (dir: string, input: Readonly<Record<string, unknown>>, dataText: string): Promise<Interpreted> {
  const { modules, tenants } = readPolicyFolder(dir)
  const own = tenants.get(tenantIn(input) ?? '') ?? []
  const authored = [...modules, ...own].map(({ path, text }) => ({ path: join(dir, path), text }))
  const { results, matched } = await withCompiler(async compiler => await compiler.evaluate({
    modules: [...libraryModules(), ...authored], dataText, query: 'data.gateway.decision', input, matched: true
  }))
  return { decision: results[0]?.expressions[0]?.value ?? null, rules: matched.filter(({ file }) => !file.startsWith('library/')) }
}

async function enforce (wasm: Uint8Array, dataText: string, input: Readonly<Record<string, unknown>>): Promise<unknown> {
  const runner = openRunner({ deadlineMs, evaluator: true })
  try {
    const [answer] = await runner.run({ wasm, dataText, questions: [{ entrypoint: entrypoints.decision, inputText: JSON.stringify(input) }] })
    if (answer === undefined || !('text' in answer)) throw RegoError.of(`policy.${answer?.kind ?? 'error'}`, answer?.message ?? 'the policy failed')
    const [result] = readValue(answer.text) as Array<{ readonly result: unknown }>
    return result?.result ?? null
  } finally {
    await runner.close()
  }
}

function describe ({ effect, classification, endpoints, reasons, obligations, redactions, message }: Decision, rules: readonly RuleAt[]): void {
  const lines: Array<[name: string, value: string]> = [
    ['decision', effect],
    ['reasons', reasons.join(', ')],
    ['classification', classification.tag],
    ['endpoints', endpoints.join(', ')],
    ['redactions', redactions.map(({ labels, operator }) => `${operator} ${labels.join(' ')}`).join(', ')],
    ['obligations', obligations.map(({ id, type }) => `${String(type)} (${String(id)})`).join(', ')],
    ['message', message ?? '']
  ]
  for (const [name, value] of lines) if (value !== '') print(`${name.padEnd(16)}${value}`)
  for (const { file, row, column, name } of rules) print(`${'rule'.padEnd(16)}${shortPath(file)}:${row}:${column}: ${name}`)
}

/**
 * Facts and texts that were tampered with at random: whatever does not have its form never comes to a permit, what has it is decided
 * as an oracle decides it, and nothing else happens. `SALLYPORT_FUZZ=1000000` makes a million (`npm run fuzz:policy`).
 */
import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import t from 'tap'
import { createDecisionAuthority } from '../../../../core/enforce/authority.ts'
import { packageFile } from '../../../../core/package.ts'
import { policyInput, type PolicyInput, type PolicyView } from '../../../../plugins/policy/rego/input.ts'
import { buildPolicy } from '../../../../rego/build.ts'
import { EvaluationError, openEngine } from '../../../../rego/engine/engine.ts'
import { readValue } from '../../../../rego/engine/term.ts'
import { entrypoints } from '../../../../rego/library.ts'
import { folderWith, gateway, rules, view } from './parts.ts'

const runs = Number(process.env['SALLYPORT_FUZZ'] ?? 3000)
const seed = Number(process.env['SALLYPORT_SEED'] ?? 1)

const policy = rules(`permit contains {"id": "clinicians", "endpoints": ["eu", "us"]} if "clinician" in input.subject.roles

forbid contains {"code": "agents"} if input.subject.type == "agent"

oblige contains {"id": "seen", "type": "mark", "input": input}

restrict contains {"id": "home", "endpoints": ["eu"]} if {
  some label, _ in input.classification.labels
  startswith(label, "pii.")
}
`)

/** What the rules above permit on an input that has its form. */
function permitted (input: PolicyInput): readonly string[] {
  const { subject, classification, request, resource } = input as unknown as Input
  if (!subject.roles.includes('clinician') || subject.type === 'agent' || resource.type !== 'model' || request.model !== 'assistant') return []
  if (!classification.complete || classification.unscanned.length > 0 || request.server_side.length > 0) return []
  return Object.keys(classification.labels ?? {}).some(label => label.startsWith('pii.')) ? ['eu'] : ['eu', 'us']
}

interface Input {
  readonly subject: { readonly roles: readonly string[], readonly type: string }
  readonly classification: { readonly complete: boolean, readonly unscanned: readonly unknown[], readonly labels: object }
  readonly request: { readonly model: string, readonly server_side: readonly string[] }
  readonly resource: { readonly type: string }
}

/** The same numbers for the same seed (mulberry32). */
function makeRandom (from: number): (below: number) => number {
  let state = from
  return below => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return Math.floor(((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296 * below)
  }
}

const random = makeRandom(seed)

const strange: readonly unknown[] = [
  null, undefined, '', 'x', 'clinician', 'agent', 'assistant', -1, 0, 0.5, NaN, Infinity, -0, 1e300, 2 ** 53, true, false, [], {}, [null], ['clinician'], [[]],
  { 'pii.x': { count: 1, distinct: 1, maxConfidence: 1 } }, JSON.parse('{"__proto__":1}'), JSON.parse('{"__proto__":{"count":1,"distinct":1,"maxConfidence":1}}'), '\ud800', '\u0000', '"', '\\', '\u{1F600}',
  'a'.repeat(5000), Array.from({ length: 300 }, (_, index) => `role-${index}`), new Date(0), new Map([['a', 1]]), new Set(['clinician']), Symbol('s'), () => 'clinician', 7n,
  JSON.parse(`${'['.repeat(500)}${']'.repeat(500)}`)
]

type Place = readonly [holder: Record<string, unknown>, key: string]

function placesIn (value: unknown): Place[] {
  if (typeof value !== 'object' || value === null) return []
  const holder = value as Record<string, unknown>
  return Object.keys(holder).flatMap((key): Place[] => [[holder, key], ...placesIn(holder[key])])
}

function pick<T> (items: readonly T[]): T {
  const item = items[random(items.length)]
  if (item === undefined && items.length === 0) throw new Error('nothing to pick from')
  return item as T
}

/** So that nothing ever holds itself. */
function copyOf (value: unknown): unknown {
  try {
    return structuredClone(value)
  } catch {
    return null
  }
}

/** A new one each time: it becomes part of facts that are changed further. */
function anythingStrange (): unknown {
  const value = pick(strange)
  return typeof value === 'symbol' || typeof value === 'function' ? value : copyOf(value)
}

/** One to three changes somewhere in the facts. */
function tampered (): PolicyView {
  const changed = structuredClone(view)
  for (let changes = random(3); changes >= 0; changes--) {
    const places = placesIn(changed)
    const [holder, key] = pick(places)
    const [other, name] = pick(places)
    const change = random(5)
    if (change === 0) Reflect.deleteProperty(holder, key)
    else if (change === 1) holder[key] = copyOf(other[name])
    else if (change === 2 && Array.isArray(holder[key])) holder[key] = [...holder[key] as unknown[], anythingStrange()]
    else holder[key] = anythingStrange()
  }
  return changed
}

/** A few bytes of a text changed, left out, put in, or the end of it cut off. */
function tamperedText (text: string): string {
  const at = random(text.length)
  switch (random(5)) {
    case 0: return text.slice(0, at)
    case 1: return text.slice(0, at) + text.slice(at + 1 + random(8))
    case 2: return text.slice(0, at) + pick(['"', '{', '}', '[', ']', ',', ':', '0', 'null', '\\', '\\ud800', '\u0000']) + text.slice(at)
    case 3: return text + pick(['}', ' ', 'x', text])
    default: return text.slice(0, at) + String.fromCharCode(random(0x300)) + text.slice(at + 1)
  }
}

function jsonOf (text: string): PolicyInput | null {
  try {
    return JSON.parse(text) as PolicyInput
  } catch {
    return null
  }
}

/** `read`: what the evaluator took the text for. It reads some that are no JSON (a comma too many, more text behind); only the gateway makes these texts. */
interface Decided { readonly endpoints: readonly string[] | null, readonly read: PolicyInput | null }

t.test('facts and texts that were tampered with', { timeout: 1_800_000 }, async t => {
  const { policy: built } = await buildPolicy({ dir: folderWith(t, { 'p.rego': policy }), gateway })
  if (built === null) throw new Error('the policy does not build')
  const engine = openEngine(new WebAssembly.Module(new Uint8Array(built.wasm)), built.dataText)
  const authority = createDecisionAuthority({ endpoints: new Set(['eu', 'us']), taxonomy: gateway.taxonomy.levels })
  const hasForm = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(JSON.parse(readFileSync(packageFile('rego/schemas/input.json'), 'utf8')) as object)
  const counts = { malformed: 0, denied: 0, permitted: 0, failed: 0 }
  const wrong: string[] = []

  const decide = (text: string, input: PolicyInput): Decided => {
    try {
      const [{ result }] = readValue(engine.evaluate(entrypoints.decision, text)) as [{ result: { readonly obligations: ReadonlyArray<{ readonly input: PolicyInput }> } }]
      const { decision, permit } = authority.decide({ document: { ...result, obligations: [] }, policy: built.version, input: structuredClone(input), inputDigest: '', judge: async () => { throw new Error() } })
      return { endpoints: permit === null ? [] : decision.endpoints, read: result.obligations[0]?.input ?? null }
    } catch (thrown) {
      if (!(thrown instanceof EvaluationError) && !/GatewayError|SyntaxError|RangeError/.test(String((thrown as Error).constructor.name))) wrong.push(`${String(thrown)}: ${text.slice(0, 2000)}`)
      return { endpoints: null, read: null }
    }
  }
  const judge = (endpoints: readonly string[] | null, expected: () => readonly string[], text: string): void => {
    if (endpoints === null) counts.failed++
    else if (endpoints.length === 0) counts.denied++
    else {
      counts.permitted++
      if (String(endpoints) !== String(expected())) wrong.push(`permits ${String(endpoints)}, not ${String(expected())}: ${text.slice(0, 2000)}`)
    }
  }
  const tryText = (text: string): void => {
    const input = jsonOf(text)
    const { endpoints, read } = decide(text, input ?? policyInput(view))
    if (input !== null && !hasForm(input)) return // no maker of texts makes one without its form
    if (input === null) counts.malformed++
    judge(endpoints, () => permitted(input ?? read ?? {}), text)
  }
  const tryFacts = (facts: PolicyView): void => {
    let input: PolicyInput
    try {
      input = policyInput(facts)
    } catch {
      counts.malformed++
      return
    }
    if (!hasForm(input)) wrong.push(`${JSON.stringify(hasForm.errors)}: ${JSON.stringify(input)}`)
    const text = JSON.stringify(input)
    judge(decide(text, input).endpoints, () => permitted(input), text)
  }
  for (let run = 0; run < runs && wrong.length === 0; run++) {
    if (random(4) === 0) tryText(tamperedText(JSON.stringify(policyInput(view))))
    else tryFacts(tampered())
  }
  t.same(wrong, [], `seed ${seed}`)
  t.comment(JSON.stringify(counts))
  t.ok(Object.values(counts).every(count => count > runs / 1000), JSON.stringify(counts))
  const [{ result }] = readValue(engine.evaluate(entrypoints.decision, JSON.stringify(policyInput({ ...view, principal: { ...view.principal, type: 'user' } })))) as [{ result: { effect: string } }]
  t.equal(result.effect, 'permit', 'the engine is sound after all of it')
})

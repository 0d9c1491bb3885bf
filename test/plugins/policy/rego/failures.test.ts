/**
 * What an evaluator of WebAssembly does with what goes wrong, row by row: by itself much of it is silent, or leaves an instance
 * that answers wrongly from then on. Here each ends in a denial, or in a normalisation that is told, and the next is decided soundly.
 */
import t from 'tap'
import type { PolicyView } from '../../../../plugins/policy/rego/input.ts'
import { readValue } from '../../../../rego/engine/term.ts'
import { openStage, permitAll, rules, view } from './parts.ts'

const risky = rules(`${permitAll}
f(_) := 1

f(x) := 2 if x == "conflict"

forbid contains {"code": "two"} if f(input.request.reason) == 2

forbid contains {"code": "large"} if {
  input.request.reason == "memory"
  count(numbers.range(1, 50000000)) == 1
}

forbid contains {"code": "endless"} if {
  input.request.reason == "endless"
  xs := numbers.range(1, 3000)
  some a in xs
  some b in xs
  some c in xs
  a + b + c == -1
}

oblige contains {"id": "echo", "type": "mark", "text": input.request.reason} if startswith(input.request.reason, "echo")

oblige contains {"id": "n", "type": "mark", "n": to_number(trim_prefix(input.request.reason, "number "))} if startswith(input.request.reason, "number ")
`)

const withReason = (reason: string): Partial<PolicyView> => ({ request: { ...view.request, reason } })

interface Row {
  readonly given: string
  readonly change: Partial<PolicyView>
  /** A code: it denies. Else what the obligation holds. */
  readonly becomes: string | RegExp | { readonly parameters: unknown }
}

const rows: readonly Row[] = [
  { given: 'a lone surrogate, which JSON may hold and UTF-8 may not', change: withReason('echo \ud800'), becomes: 'GW_POLICY_ERROR' },
  { given: 'a surrogate pair', change: withReason('echo \u{1F600}'), becomes: { parameters: { text: 'echo \u{1F600}' } } },
  { given: 'a NUL', change: withReason('echo a\u0000b'), becomes: { parameters: { text: 'echo a\u0000b' } } },
  { given: 'two values for one function', change: withReason('conflict'), becomes: 'GW_POLICY_CONFLICT' },
  { given: 'more memory than there may be', change: withReason('memory'), becomes: /^GW_POLICY_(?:ERROR|TIMEOUT)$/ },
  { given: 'an evaluation without end', change: withReason('endless'), becomes: 'GW_POLICY_TIMEOUT' },
  { given: 'an integer that JavaScript would round', change: withReason('number 9007199254740993'), becomes: 'GW_POLICY_ERROR' },
  { given: 'a number that JavaScript would take for infinite', change: withReason('number 1e400'), becomes: 'GW_POLICY_ERROR' },
  { given: 'an integer that it keeps', change: withReason('number 9007199254740991'), becomes: { parameters: { n: 9007199254740991 } } },
  { given: 'an input of more than 4 MiB', change: withReason('x'.repeat(5 * 1024 * 1024)), becomes: 'GW_POLICY_ERROR' },
  { given: 'an input of a megabyte', change: { request: { ...view.request, reason: 'x'.repeat(1_000_000) } }, becomes: { parameters: null } },
  { given: 'NaN, which JSON writes as null', change: { request: { ...view.request, tokenEstimate: NaN } }, becomes: 'GW_POLICY_INVALID' },
  { given: 'labels that are no object', change: { classification: { ...view.classification, labels: 'none' as never } }, becomes: 'GW_POLICY_INVALID' },
  { given: 'a key of every object', change: { classification: { ...view.classification, labels: JSON.parse('{"__proto__":{"count":1,"distinct":1,"maxConfidence":1}}') as PolicyView['classification']['labels'] } }, becomes: { parameters: null } }
]

t.test('whatever goes wrong within one request denies that request, and no other', async t => {
  const stage = await openStage(t, { 'p.rego': risky }, { deadline: '500ms' })
  for (const { given, change, becomes } of rows) {
    const { decision, error, permitted } = await stage.decide(change)
    if (typeof becomes === 'string' || becomes instanceof RegExp) t.match({ code: error?.code, permitted }, { code: becomes, permitted: false }, given)
    else t.same([error, decision?.obligations[0]?.parameters ?? null], [null, becomes.parameters], given)
    t.match(await stage.decide(), { permitted: true, decision: { reasons: ['everyone'] } }, 'the next is decided soundly')
  }
})

/** The evaluator takes input that it cannot read, null, false, 0 and "" for no input at all: the decision then says of which request it is to nobody. */
t.test('without its request there is no decision, whatever the rules are', async t => {
  const stage = await openStage(t, { 'p.rego': rules(`${permitAll}\npermit contains {"id": "nobody", "endpoints": ["eu"]} if not input.request\n`) })
  for (const id of [undefined, null, 7] as unknown as string[]) {
    const { permitted, error } = await stage.decide({ request: { ...view.request, id } })
    t.match({ permitted, code: error?.code }, { permitted: false, code: /^GW_POLICY_(?:INVALID|UNDEFINED)$/ }, String(id))
  }
})

t.test('a policy that cannot be loaded does not open, and one that was loaded is never given other data', async t => {
  await t.rejects(openStage(t, { 'p.rego': rules(permitAll), 'data.json': '{"a":' }), /policy_data_error/)
  await t.rejects(openStage(t, { 'p.rego': rules(permitAll), 'data.json': JSON.stringify({ a: 'x'.repeat(4_000_000) }) }), /must be less than 4000000/)
  await t.rejects(openStage(t, { 'p.rego': rules(`${permitAll}\nx := http.send({"method": "get", "url": "http://127.0.0.1"})\n`) }), /http\.send/)
})

t.test('what the evaluator writes is read exactly, or not at all', async t => {
  t.same(readValue('[{"b", "a"}, set(), {1: 2}]'), [['a', 'b'], [], { 1: 2 }])
  for (const text of ['9007199254740993', '1e400', '0.1000000000000000055511151231257827021181583404541015625001']) t.throws(() => readValue(text), RangeError, text)
  for (const text of ['', '{', '[1,]]', 'nothing', '{"a":1}x']) t.throws(() => readValue(text), SyntaxError, text)
})

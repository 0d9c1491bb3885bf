import t from 'tap'
import fc from 'fast-check'
import type { Decision, ResponseJudgement } from '../../../../core/enforce/decision.ts'
import responseFilter from '../../../../plugins/response/filter/index.ts'
import { edited, laneOf, obligation, redaction, run, scanText } from './parts.ts'

const text = 'write to jane.roe@example.com soon'

t.test('an answer that nothing is said against is permitted as it is', async t => {
  const { result } = await run({ texts: [text] })
  t.strictSame(result, {
    kind: 'continue',
    facts: { response: { decision: 'permit', reasons: [], edits: [], redactions: 0, headers: {}, marked: [], unscanned: [], classification: 'restricted', mode: 'buffer' } }
  })
})

t.test('it reads no more than it needs: not the request\'s prompt, nor who asked', async t => {
  t.strictSame([...responseFilter.reads].sort(), ['answer', 'decision', 'endpoint', 'issued', 'shape'])
})

t.test('the policy is asked with nothing found, and again with the whole answer', async t => {
  const card = '4111111111111111'
  const { inputs } = await run({
    answer: {
      lanes: [laneOf(`a@b.example a@b.example ${card}`), { name: 'tool', kind: 'tool_arguments', path: ['choices', '0', 'message', 'tool_calls', '0', 'function', 'arguments'], text: '{"to":"x@y.example"}' }],
      tools: [{ name: 'send', lane: 1 }, { name: 'wait', lane: null }],
      finish: 'tool_calls',
      unscanned: [{ kind: 'image', path: '/x', bytes: 7 }]
    },
    decision: { unscanned: ['image'] }
  })
  t.strictSame(inputs, [
    {
      endpoint: 'azure-eu',
      model: 'gpt-4o',
      classification: { tag: 'internal', rank: 1, complete: true, labels: {}, findings: [], unscanned: [] },
      finish: null,
      tools: [],
      bytes: null
    },
    {
      endpoint: 'azure-eu',
      model: 'gpt-4o',
      classification: {
        tag: 'restricted',
        rank: 2,
        complete: false,
        labels: { 'pci.credit_card': { count: 1, distinct: 1, max_confidence: 900 }, 'pii.email_address': { count: 3, distinct: 2, max_confidence: 900 } },
        findings: [
          { label: 'pci.credit_card', path: '/choices/*/message/content', count: 1 },
          { label: 'pii.email_address', path: '/choices/*/message/content', count: 2 },
          { label: 'pii.email_address', path: '/choices/*/message/tool_calls/*/function/arguments', count: 1 }
        ],
        unscanned: [{ kind: 'image', path: '/x', bytes: 7 }]
      },
      finish: 'tool_calls',
      tools: [{ name: 'send', labels: ['pii.email_address'] }, { name: 'wait', labels: [] }],
      bytes: 99
    }
  ])
})

t.test('no text of the answer reaches the policy', async t => {
  const { inputs } = await run({ answer: { lanes: [{ name: 'x', kind: 'field', path: ['jane roe', 'mail'], text }] } })
  t.notMatch(JSON.stringify(inputs), /jane/)
})

t.test('finish is set at the end also where the format has none', async t => {
  const { inputs } = await run({ answer: { finish: null } })
  t.strictSame(inputs.map(({ finish }) => finish), [null, 'end'])
})

t.test('a block blocks, with its reasons and without a mark', async t => {
  const { result } = await run({ texts: [text], judgement: { effect: 'block', reasons: ['secret_in_answer'], obligations: [obligation('mark')] } })
  t.match(result, { facts: { response: { decision: 'block', reasons: ['secret_in_answer'], edits: [], headers: {}, marked: [] } } })
})

t.test('effects accumulate: a block before anything was seen holds at the end', async t => {
  const judge: Decision['judge'] = async input => {
    const first = input['finish'] === null
    return { effect: first ? 'block' : 'permit', reasons: [first ? 'early' : 'late'], redactions: [], obligations: [] }
  }
  const { result } = await run({ judge })
  t.match(result, { facts: { response: { decision: 'block', reasons: ['early', 'late'] } } })
})

t.test('a redaction edits what its labels match and nothing else', async t => {
  const both = `${text} 4111111111111111`
  t.equal(edited(both, await run({ texts: [both], judgement: redaction('replace', 'pii.*') })), 'write to [EMAIL_ADDRESS] soon 4111111111111111')
  t.equal(edited(both, await run({ texts: [both], judgement: redaction('mask', 'pci.*') })), 'write to jane.roe@example.com soon ************1111')
  t.equal(edited(both, await run({ texts: [both], judgement: redaction('remove', '*') })), 'write to  soon ')
})

t.test('every finding of every lane is redacted', async t => {
  const { result } = await run({ texts: ['a@b.example and c@d.example', 'e@f.example'], judgement: redaction('replace', 'pii.email_address') })
  t.match(result, { facts: { response: { decision: 'redact', edits: [{ lane: 0, start: 0 }, { lane: 0, start: 16 }, { lane: 1, start: 0 }] } } })
})

t.test('a redaction that matches nothing leaves a permit', async t => {
  t.match((await run({ texts: ['hello'], judgement: redaction('replace', 'pii.*') })).result, { facts: { response: { decision: 'permit', edits: [] } } })
})

t.test('redactions of the request are not made in the answer', async t => {
  const { result } = await run({ texts: [text], decision: { redactions: [{ labels: ['pii.*'], operator: 'replace' }] } })
  t.match(result, { facts: { response: { decision: 'permit', edits: [] } } })
})

t.test('hash takes the host\'s key, and blocks without one', async t => {
  t.match(edited(text, await run({ texts: [text], judgement: redaction('hash', 'pii.*'), hashKey: Buffer.alloc(32, 1) })), /^write to \[EMAIL_ADDRESS:[0-9a-f]{24}\] soon$/)
  t.match((await run({ texts: [text], judgement: redaction('hash', 'pii.*') })).result, { facts: { response: { decision: 'block', reasons: ['response.redaction'], edits: [] } } })
})

t.test('an operator that an answer cannot take blocks', async t => {
  for (const operator of ['pseudonym', 'encrypt', 'drop_part'] as const) {
    t.match((await run({ texts: [text], judgement: redaction(operator, 'pii.*') })).result, { facts: { response: { decision: 'block', reasons: ['response.redaction'] } } }, operator)
  }
})

t.test('such an operator does not matter where it has nothing to do', async t => {
  t.match((await run({ texts: ['hello'], judgement: redaction('encrypt', 'pii.*') })).result, { facts: { response: { decision: 'permit' } } })
})

t.test('unscanned parts block', async t => {
  const unscanned = [{ kind: 'image', path: '/x', bytes: 1 }, { kind: 'audio', path: '/y', bytes: 1 }] as const
  t.match((await run({ answer: { unscanned }, decision: { unscanned: ['image'] } })).result, { facts: { response: { decision: 'block', reasons: ['response.unscanned'], unscanned: ['audio', 'image'] } } })
})

t.test('unscanned parts that the permit names pass and are listed', async t => {
  const unscanned = [{ kind: 'image', path: '/x', bytes: 1 }, { kind: 'image', path: '/y', bytes: 1 }] as const
  t.match((await run({ answer: { unscanned }, decision: { unscanned: ['image'] } })).result, { facts: { response: { decision: 'permit', unscanned: ['image'] } } })
})

t.test('observe reports and lets pass', async t => {
  const { result } = await run({ texts: [text], judgement: { effect: 'block', reasons: ['r'] }, decision: { obligations: [obligation('response_mode', { mode: 'observe' })] } })
  t.match(result, { facts: { response: { decision: 'permit', reasons: ['r'], edits: [], classification: 'restricted' } } })
})

t.test('observe makes no redaction', async t => {
  const { result } = await run({ texts: [text], judgement: redaction('replace', 'pii.*'), decision: { obligations: [obligation('response_mode', { mode: 'observe' })] } })
  t.match(result, { facts: { response: { decision: 'permit', edits: [] } } })
})

t.test('observe yields to any stricter mode', async t => {
  const { result } = await run({
    texts: [text],
    judgement: { effect: 'block', reasons: ['r'], obligations: [obligation('response_mode', { mode: 'buffer' }, 'b')] },
    decision: { obligations: [obligation('response_mode', { mode: 'observe' }, 'a')] }
  })
  t.match(result, { facts: { response: { decision: 'block' } } })
})

t.test('observe lets no unscanned part pass', async t => {
  const { result } = await run({ answer: { unscanned: [{ kind: 'file', path: '/x', bytes: 1 }] }, decision: { obligations: [obligation('response_mode', { mode: 'observe' })] } })
  t.match(result, { facts: { response: { decision: 'block' } } })
})

t.test('buffer and incremental are met by an answer that is held whole', async t => {
  for (const mode of ['buffer', 'incremental']) {
    t.match((await run({ judgement: { obligations: [obligation('response_mode', { mode })] } })).result, { facts: { response: { decision: 'permit' } } }, mode)
  }
})

t.test('an obligation that an answer cannot meet blocks', async t => {
  for (const one of [obligation('cost_budget', { micros: 1 }), obligation('require_reason'), obligation('response_mode', { mode: 'fast' }), obligation('watermark' as 'mark')]) {
    t.match((await run({ judgement: { obligations: [one] } })).result, { facts: { response: { decision: 'block', reasons: [`obligation.${one.type}`] } } }, one.type)
  }
})

t.test('marks of the decision and of the response are met in one header', async t => {
  const { result } = await run({
    judgement: { obligations: [obligation('mark', { level: 2 }, 'b')] },
    decision: { obligations: [obligation('mark', { generated: true, by: 'a "model"' }, 'a')] }
  })
  t.match(result, { facts: { response: { headers: { 'ai-disclosure': 'by="a \\"model\\"", generated, level=2' }, marked: ['a', 'b'] } } })
})

t.test('the header can be named', async t => {
  const { result } = await run({ judgement: { obligations: [obligation('mark', {}, 'eu_marker')] }, config: { disclosure_header: 'x-machine-made' } })
  t.match(result, { facts: { response: { headers: { 'x-machine-made': 'eu_marker' } } } })
})

t.test('a mark that no header can say blocks', async t => {
  t.match((await run({ judgement: { obligations: [obligation('mark', { a: { b: 1 } })] } })).result, { facts: { response: { decision: 'block', reasons: ['obligation.mark'] } } })
})

t.test('a policy that fails, never was or answers nonsense halts', async t => {
  const judges: Array<[name: string, judge: Decision['judge']]> = [
    ['none', null],
    ['throws', async () => { throw new Error('boom') }],
    ['an unknown effect', async () => ({ effect: 'allow', reasons: [], redactions: [], obligations: [] }) as unknown as ResponseJudgement],
    ['no reasons', async () => ({ effect: 'permit' }) as ResponseJudgement],
    ['undefined', async () => undefined as unknown as ResponseJudgement]
  ]
  for (const [name, judge] of judges) t.match((await run({ judge })).result, { kind: 'halt', error: { code: 'GW_RESPONSE_FAILED' } }, name)
})

t.test('a detector that fails, or points outside the text, halts', async t => {
  const span = { label: 'pii.x', detector: 'd', confidence: 1 }
  for (const scan of [() => { throw new Error('boom') }, () => [{ ...span, start: 0, end: 999 }], () => [{ ...span, start: 3, end: 3 }], () => [{ ...span, start: -1, end: 2 }], () => [{ ...span, start: 0.5, end: 2 }]]) {
    t.match((await run({ scan })).result, { kind: 'halt', error: { code: 'GW_RESPONSE_FAILED' } })
  }
})

t.test('a detector gets each lane with its path', async t => {
  const seen: unknown[] = []
  await run({ texts: ['a', 'b'], scan: (text, path) => { seen.push([text, path]); return [] } })
  t.strictSame(seen, [['a', ['choices', '0', 'message', 'content']], ['b', ['choices', '1', 'message', 'content']]])
})

t.test('overlapping findings become one edit that shows no part of either', async t => {
  const scan = () => [
    { label: 'pci.credit_card', detector: 'd', confidence: 1, start: 0, end: 12 },
    { label: 'secret.token', detector: 'd', confidence: 1, start: 6, end: 20 }
  ]
  t.equal(edited('0123456789abcdefghij!', await run({ texts: ['0123456789abcdefghij!'], scan, judgement: redaction('mask', '*') })), '[CREDIT_CARD]!')
})

t.test('property: no value that a redaction matches is left, and all other text stands', async t => {
  const piece = fc.oneof(fc.constantFrom('jane.roe@example.com', 'x@y.example', '4111111111111111', 'AKIAQ3EGRZ7VXLPWN2DC'), fc.constantFrom(' and ', 'ü😀', '\n', ' "quoted" '))
  await t.resolves(fc.assert(fc.asyncProperty(fc.array(piece, { maxLength: 12 }), async pieces => {
    const whole = pieces.join(' ')
    const after = edited(whole, await run({ texts: [whole], judgement: redaction('replace', '*') }))
    const rest = scanText(whole).toSorted((a, b) => b.start - a.start).reduce((now, { start, end }) => now.slice(0, start) + now.slice(end), whole)
    return scanText(after).length === 0 && after.replaceAll(/\[[A-Z_]+\]/g, '') === rest
  }), { numRuns: 200 }))
})

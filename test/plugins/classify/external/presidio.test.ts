import t from 'tap'
import { classify, leavesOf, presidioStage, startService, type Asked } from './asking.ts'

const deadline = '5s'

/** As the analyzer answers: a list of results for each text, places in code points. */
function persons ({ texts }: Asked): unknown {
  return texts.map(text => [...text.matchAll(/Jane|Zoë/g)].map(({ 0: name, index }) => {
    const start = [...text.slice(0, index)].length
    return { entity_type: 'PERSON', start, end: start + [...name].length, score: 0.85, analysis_explanation: null, recognition_metadata: {} }
  }))
}

t.test('what the analyzer finds stands at its place in UTF-16 units, in every leaf', async t => {
  const service = await startService(t, persons)
  const stage = await presidioStage(t, { url: service.url, deadline })
  const leaves = leavesOf('😀😀 Jane met Zoë', 'nobody', 'Jane', 'Jane', '...')
  const { findings, tag, external } = await classify(stage, leaves)
  t.strictSame(findings.map(({ label, leaf, start, end, confidence, detector }) => [label, confidence, detector, leaf, leaves[leaf]?.text.slice(start, end)]), [
    ['pii.person', 850, 'classify.presidio', 0, 'Jane'], ['pii.person', 850, 'classify.presidio', 0, 'Zoë'], ['pii.person', 850, 'classify.presidio', 2, 'Jane'], ['pii.person', 850, 'classify.presidio', 3, 'Jane']
  ])
  t.equal(tag, 'confidential')
  t.strictSame(external, ['classify.presidio'])
  t.match(service.asked, [{ body: { language: 'en', score_threshold: 0.5 } }])
  t.strictSame(service.asked.map(({ texts }) => texts), [['😀😀 Jane met Zoë', 'nobody', 'Jane']], 'each text once, and none without letters')
})

t.test('types are labels by the configuration, or by their names', async t => {
  const service = await startService(t, ({ texts }) => texts.map(() => ['PERSON', 'DATE_TIME', 'IN_PAN', 'LOCATION'].map((type, index) => ({ entity_type: type, start: index, end: index + 1, score: 1 }))))
  const stage = await presidioStage(t, { url: service.url, deadline, labels: { LOCATION: null, PERSON: 'hr.name' } })
  t.strictSame((await classify(stage, leavesOf('abcd'))).findings.map(({ label }) => label), ['hr.name', 'pii.in_pan'])
})

t.test('an answer that is not the analyzer\'s is none', async t => {
  const result = { entity_type: 'PERSON', start: 0, end: 2, score: 1 }
  const bad: readonly unknown[] = [
    '{', {}, [], [[], []], [{}], [[{ ...result, end: 3 }]], [[{ ...result, start: -1 }]], [[{ ...result, start: 1, end: 1 }]], [[{ ...result, start: 0.5 }]], [[{ ...result, score: 2 }]], [[{ ...result, entity_type: 'jane roe' }]], 500, 302, 'x'.repeat(5_000_000)
  ]
  for (const answer of bad) {
    const service = await startService(t, () => answer)
    await t.rejects(classify(await presidioStage(t, { url: service.url, deadline }), leavesOf('a😀')), { code: 'GW_CLASSIFY_EXTERNAL' }, JSON.stringify(answer).slice(0, 60))
  }
})

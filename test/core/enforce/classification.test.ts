import fc from 'fast-check'
import t from 'tap'
import { joinClassification, makeTaxonomy } from '../../../core/enforce/classification.ts'
import type { ClassificationPart, Leaf } from '../../../core/pipeline/facts.ts'

const taxonomy = makeTaxonomy(['public', 'internal', 'confidential', 'restricted'])
const leaf = (text: string): Leaf => ({ path: ['a'], pattern: '/a', place: 'body', kind: 'string', text, start: 0, end: 0 })
const part = (tag: string, label = 'pii.email_address'): ClassificationPart => ({ tag, detectors: 'sha256:x', findings: [{ label, detector: 'd', confidence: 900, leaf: 0, start: 0, end: 3 }] })

t.test('the tag of the join is the highest of its parts', async t => {
  t.equal(joinClassification(taxonomy, [part('internal'), part('restricted'), part('public')], [leaf('abc')], []).tag, 'restricted')
})

t.test('an unknown level counts as the highest', async t => {
  t.equal(joinClassification(taxonomy, [part('secretish')], [leaf('abc')], []).tag, 'restricted')
})

t.test('the order of the parts does not matter', async () => {
  const tags = fc.constantFrom('public', 'internal', 'confidential', 'restricted')
  fc.assert(fc.property(fc.array(tags, { minLength: 1 }), list => {
    const forth = joinClassification(taxonomy, list.map(tag => part(tag)), [leaf('abc')], [])
    const back = joinClassification(taxonomy, [...list].reverse().map(tag => part(tag)), [leaf('abc')], [])
    return JSON.stringify(forth) === JSON.stringify(back)
  }))
})

t.test('what was not scanned makes it incomplete', async t => {
  t.equal(joinClassification(taxonomy, [part('internal')], [leaf('abc')], []).complete, true)
  t.equal(joinClassification(taxonomy, [part('internal')], [leaf('abc')], [{ kind: 'image', path: '/x', bytes: 1 }]).complete, false)
  t.equal(joinClassification(taxonomy, [{ ...part('internal'), incomplete: true }], [leaf('abc')], []).complete, false)
})

t.test('labels count findings and distinct values, and carry no value', async t => {
  const joined = joinClassification(taxonomy, [part('internal'), part('internal')], [leaf('abcdef')], [])
  t.same(joined.labels, { 'pii.email_address': { count: 2, distinct: 1, maxConfidence: 900 } })
  t.notMatch(JSON.stringify(joined), /abc/)
})

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

t.test('spellings of one value are one, and different values are not', async t => {
  const texts = ['4111 1111 1111 1111', '4111-1111-1111-1111', '４１１１111111111111', '5555 5555 5555 4444', '***', '!!!']
  const findings = texts.map((text, leaf) => ({ label: 'pci.credit_card', detector: 'd', confidence: 900, leaf, start: 0, end: text.length }))
  const { labels } = joinClassification(taxonomy, [{ ...part('internal'), findings }], texts.map(leaf), [])
  t.match(labels, { 'pci.credit_card': { count: 6, distinct: 4 } })
})

t.test('the digest of the detectors is that of all parts, in any order', async t => {
  const parts = ['sha256:a', 'sha256:b'].map(detectors => ({ ...part('internal'), detectors }))
  const digest = (all: readonly ClassificationPart[]): string => joinClassification(taxonomy, all, [leaf('abc')], []).detectors
  t.equal(digest(parts), digest(parts.toReversed()))
  t.equal(new Set([digest(parts), digest(parts.slice(0, 1)), digest(parts.slice(1)), digest([])]).size, 4)
  t.match(digest(parts), /^sha256:[0-9a-f]{64}$/)
})

t.test('labels count findings and distinct values, and carry no value', async t => {
  const joined = joinClassification(taxonomy, [part('internal'), part('internal')], [leaf('abcdef')], [])
  t.same(joined.labels, { 'pii.email_address': { count: 2, distinct: 1, maxConfidence: 900 } })
  t.notMatch(JSON.stringify(joined), /abc/)
})

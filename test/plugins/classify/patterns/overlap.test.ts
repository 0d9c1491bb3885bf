import t from 'tap'
import { settleOverlaps, type Span } from '../../../../plugins/classify/patterns/overlap.ts'

function span (label: string, start: number, end: number, confidence: number): Span {
  return { label, detector: 'd', start, end, confidence }
}

t.test('of one label the longest stays, then the surest', async t => {
  t.strictSame(settleOverlaps([span('a', 0, 4, 900), span('a', 2, 9, 600)]), [span('a', 2, 9, 600)])
  t.strictSame(settleOverlaps([span('a', 0, 4, 600), span('a', 0, 4, 900)]), [span('a', 0, 4, 900)])
})

t.test('different labels stay side by side', async t => {
  const both = [span('a', 0, 9, 900), span('b', 2, 5, 800)]
  t.strictSame(settleOverlaps(both), both)
})

t.test('an unsure finding within a surer one of another label goes', async t => {
  t.strictSame(settleOverlaps([span('b', 2, 5, 600), span('a', 0, 9, 900)]), [span('a', 0, 9, 900)])
  t.equal(settleOverlaps([span('b', 2, 10, 600), span('a', 0, 9, 900)]).length, 2)
  t.equal(settleOverlaps([span('b', 2, 5, 600), span('a', 0, 9, 600)]).length, 2, 'neither is surer')
})

t.test('of credentials that overlap the surest stays, whoever made them', async t => {
  t.strictSame(settleOverlaps([span('secret.generic', 0, 20, 650), span('secret.x_key', 4, 20, 950)]), [span('secret.x_key', 4, 20, 950)])
  t.equal(settleOverlaps([span('secret.a', 0, 5, 900), span('secret.b', 5, 9, 900)]).length, 2)
})

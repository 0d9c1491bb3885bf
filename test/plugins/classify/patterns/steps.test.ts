import t from 'tap'
import { mostSteps } from '../../../../plugins/classify/patterns/steps.ts'

const steps = (source: string): number => mostSteps({ source, flags: 'y' })

t.test('a pattern that goes one way at every place takes a step for each of its units', async t => {
  t.equal(steps('ACME-\\d{6}'), 11)
  t.equal(steps('[A-Z]{2}\\d{6}'), 8)
  t.equal(steps('(?:ab|cd)e'), 4, 'both first letters are looked at')
})

t.test('ways that go on side by side are all counted', async t => {
  t.ok(steps('.{0,20}foo') > 24)
  t.ok(steps('\\d{1,64}[a-z0-9]{1,64}') > 64 * 64)
})

t.test('what has more ways with every unit counts as endless', async t => {
  for (const source of ['(?:a|a){20}', '(?:\\w{1,50}\\s?){1,10}', '(?:[a-z]{1,10}){1,10}', '(?:a|ab|b){1,40}c', '(?:a?){30}a{30}', '(?:(?:a{1,9}){1,9}){1,9}']) t.equal(steps(source), Infinity, source)
})

t.test('what a pattern looks ahead to counts too', async t => {
  t.equal(steps('(?=[a-z]{1,9}!)a'), steps('[a-z]{1,9}!') + 1)
  t.equal(steps('a(?!(?:[a-z]{1,10}){1,10})'), Infinity)
})

t.test('the more it says, the longer it takes: against an engine that counts', async t => {
  // The worst text of each, tried by hand-made backtracking over its only ways: a{1,n} then a{1,n} has n(n + 1)/2 ends.
  for (const n of [2, 5, 9]) t.ok(steps(`a{1,${n}}a{1,${n}}!`) >= n * (n + 1) / 2, String(n))
})

import t from 'tap'
import { Calendar } from '../../../../plugins/limit/quota/calendar.ts'

const at = (text: string): number => Date.parse(text)

t.test('days and months of UTC', async t => {
  const calendar = new Calendar('UTC')
  t.same(calendar.periodAt('day', at('2026-11-25T23:59:59.999Z')), { id: '2026-11-25', endsMs: at('2026-11-26T00:00:00Z') })
  t.same(calendar.periodAt('day', at('2026-11-26T00:00:00Z')), { id: '2026-11-26', endsMs: at('2026-11-27T00:00:00Z') })
  t.same(calendar.periodAt('month', at('2026-12-31T12:00:00Z')), { id: '2026-12', endsMs: at('2027-01-01T00:00:00Z') })
  t.same(calendar.periodAt('month', at('2028-02-01T00:00:00Z')), { id: '2028-02', endsMs: at('2028-03-01T00:00:00Z') })
})

t.test('days of a zone where clocks are changed', async t => {
  const calendar = new Calendar('Europe/Berlin')
  t.same(calendar.periodAt('day', at('2026-10-25T00:30:00Z')), { id: '2026-10-25', endsMs: at('2026-10-25T23:00:00Z') }, 'a day of 25 hours')
  t.same(calendar.periodAt('day', at('2026-03-28T23:30:00Z')), { id: '2026-03-29', endsMs: at('2026-03-29T22:00:00Z') }, 'a day of 23')
  t.same(calendar.periodAt('month', at('2026-03-31T21:00:00Z')), { id: '2026-03', endsMs: at('2026-03-31T22:00:00Z') })
})

t.test('a clock that goes back gets the day it says', async t => {
  const calendar = new Calendar('UTC')
  calendar.periodAt('day', at('2026-11-25T12:00:00Z'))
  t.equal(calendar.periodAt('day', at('2026-11-24T12:00:00Z')).id, '2026-11-24')
})

import t from 'tap'
import fc from 'fast-check'
import { find } from './scanning.ts'
import { samples } from './samples.ts'

/** Without those that a key names, and what takes in all that follows: the head of a key, lines of code. */
const values = Object.entries(samples).filter(([label]) => label !== 'source_code').flatMap(([label, { finds }]) => finds.filter(([text, , key]) => key === undefined && !text.endsWith(' PRIVATE KEY-----')).map(([text, value]) => ({ label, text, value })))

t.test('a value is found wherever it stands in a long text, across any border of a step', async t => {
  fc.assert(fc.property(fc.constantFrom(...values), fc.integer({ min: -80, max: 80 }), fc.integer({ min: 1, max: 2 }), ({ label, text, value }, shift, step) => {
    const before = 'so it goes. '.repeat(2000).slice(0, step * 8192 + shift - 2) + '.\n'
    const [first] = find(text).filter(found => found.label === label)
    const found = find(`${before}${text} .`).filter(found => found.label === label)
    return found.some(one => one.value === value && one.start === before.length + (first?.start ?? 0))
  }), { numRuns: 400 })
  t.pass()
})

t.test('a context word on the other side of a border counts', async t => {
  const filler = 'x '.repeat(4090)
  for (let shift = 0; shift < 30; shift++) {
    const text = `${filler}${'.'.repeat(shift)} ssn 536904399`
    t.equal(find(text).length, 1, String(shift))
    const after = `${filler}${'.'.repeat(shift)} 536904399 is the ssn`
    t.equal(find(after).length, 1, `after ${shift}`)
  }
})

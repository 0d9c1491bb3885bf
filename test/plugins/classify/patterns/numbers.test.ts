import t from 'tap'
import { numbers } from './numbers.ts'
import { find, valuesOf } from './scanning.ts'

for (const { label, word, valid, wrong } of numbers) {
  t.test(label, async t => {
    for (const value of valid) {
      t.strictSame(valuesOf(label, `The ${word} is ${value}.`), [value], `is found: ${value}`)
      t.strictSame(valuesOf(label, value, ['person', word]), [value], `is found under its key: ${value}`)
      t.strictSame(find(`The ${word} is ${value}.`).map(found => found.label), [label], `and nothing else is seen in it: ${value}`)
    }
    for (const value of wrong) t.strictSame(valuesOf(label, `The ${word} is ${value}.`), [], `breaks the rule: ${value}`)
    for (const value of valid) {
      if (/^\d+$/.test(value)) t.strictSame(valuesOf(label, `The ${word} is 7${value}0`), [], `is part of a longer number: ${value}`)
    }
  })
}

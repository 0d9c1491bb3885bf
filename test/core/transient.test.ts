import t from 'tap'
import fc from 'fast-check'
import { Names, Slots } from '../../core/transient.ts'

t.test('places hold what was put there, are taken again, and are never given twice at once', async () => {
  fc.assert(fc.property(fc.array(fc.option(fc.nat(30), { nil: null })), steps => {
    const slots = new Slots<{ readonly n: number }>()
    const held = new Map<number, { readonly n: number }>()
    for (const [n, step] of steps.entries()) {
      if (step === null) {
        const place = slots.add({ n })
        if (held.has(place)) return false
        held.set(place, [...slots].find(item => item.n === n) ?? { n: -1 })
      } else {
        if (slots.take(step) !== held.get(step)) return false
        held.delete(step)
      }
      const same = new Set(slots)
      if (slots.size !== held.size || same.size !== held.size || ![...held.values()].every(item => same.has(item))) return false
    }
    slots.clear()
    return slots.size === 0 && slots.take(0) === undefined
  }))
})

t.test('names behave as the keys of a map, those of Object.prototype too', async () => {
  const name = fc.constantFrom('a', 'b', '__proto__', 'constructor', 'toString', '0')
  fc.assert(fc.property(fc.array(fc.tuple(name, fc.boolean())), steps => {
    const names = new Names<number>()
    const model = new Map<string, number>()
    for (const [n, [key, isSet]] of steps.entries()) {
      if (isSet) {
        names.set(key, n)
        model.set(key, n)
      } else {
        names.delete(key)
        model.delete(key)
      }
      if (names.size !== model.size || names.get(key) !== model.get(key)) return false
    }
    return JSON.stringify(names.keys().sort()) === JSON.stringify([...model.keys()].sort())
  }))
})

import t from 'tap'
import { runConformance } from '../../rego/conformance/run.ts'
import { conformanceCases, conformanceExceptions, misfit } from '../../rego/conformance/suite.ts'

const all = conformanceCases()
/** Of every category some, and all that are excepted; `SALLYPORT_CONFORMANCE=all` runs the 2400. */
const cases = process.env['SALLYPORT_CONFORMANCE'] === 'all' ? all : all.filter(({ id }, index) => index % 12 === 0 || Object.hasOwn(conformanceExceptions().wasm, id))

t.equal(all.length, 2400, 'the cases of OPA 1.22.2')

for (const engine of ['opa', 'wasm'] as const) {
  t.test(`OPA's own cases hold in ${engine}, but for the exceptions that are listed`, async t => {
    const { passed, failed, needless } = await runConformance(engine, cases)
    t.same([...failed], [], 'no case fails that is not excepted')
    t.same(needless, [], 'no case is excepted that holds')
    t.ok(passed > 180, `${passed} passed`)
  })
}

t.test('an exception names a case that there is, and why', async t => {
  const names = new Set(all.map(({ id }) => id))
  for (const [engine, listed] of Object.entries(conformanceExceptions())) {
    for (const [name, why] of Object.entries(listed)) t.ok(names.has(name) && why.length > 20, `${engine}: ${name}`)
  }
  t.ok(Object.keys(conformanceExceptions().wasm).length <= 8, 'the list only ever gets shorter')
})

t.test('an answer that differs is told', async t => {
  const one = all.find(({ wantResults }) => (wantResults?.length ?? 0) > 0)
  if (one === undefined) throw new Error('there is no case')
  t.match(misfit(one, { results: ['{"x":"something else"}'] }, 'wasm'), /^wanted /)
  t.match(misfit(one, { error: { code: 'a', message: 'b' } }, 'opa'), /^error a: b/)
  const failing = all.find(({ wantErrorCode, strictError }) => wantErrorCode !== null && !strictError)
  if (failing === undefined) throw new Error('there is no case')
  t.match(misfit(failing, { results: [] }, 'wasm'), /an error was wanted/)
  t.match(misfit(failing, { error: { code: 'other', message: '' } }, 'wasm'), /the error should be/)
})

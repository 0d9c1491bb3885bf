import t from 'tap'
import { startCompiler } from '../../rego/compiler/compiler.ts'
import { equivalent } from './equivalent.ts'
import { fateOf, libraryFiles, mutants } from './mutations.ts'

/** What decides who is permitted and where: a forbid flipped, a restriction dropped, an intersection widened. `SALLYPORT_MUTATIONS=all` tries every change (`npm run mutate:policy`). */
const essential = /\.(?:forbid|restrict)\b.* -> |(?:id in|restriction\.endpoints|max\(ranks\)).* -> |"effect": /
const isAll = process.env['SALLYPORT_MUTATIONS'] === 'all'

t.test('a change of what the library decides does not pass its tests', { timeout: 900_000 }, async t => {
  const compiler = await startCompiler()
  t.teardown(async () => { await compiler.close() })
  t.equal(await fateOf(libraryFiles()[0] ?? { path: '', text: '' }, compiler), 'unnoticed', 'the library as it is passes')
  const chosen = mutants().filter(({ what }) => isAll || essential.test(what))
  const fates = { noticed: 0, unnoticed: 0, no_library: 0 }
  const unnoticed: string[] = []
  for (const mutant of chosen) {
    const fate = await fateOf(mutant, compiler)
    fates[fate]++
    if (fate === 'unnoticed' && !equivalent.has(mutant.what)) unnoticed.push(`${mutant.row}: ${mutant.what}`)
  }
  t.comment(JSON.stringify(fates))
  t.same(unnoticed, [])
  t.ok(fates.noticed >= chosen.length / 2, `${fates.noticed} of ${chosen.length} mutants are noticed`)
})

t.test('a mutant that is passed over is one, and says why it changes nothing', async t => {
  const known = new Set(mutants().map(({ what }) => what))
  for (const [what, why] of equivalent) t.ok(known.has(what) && why.length > 20, what)
})

/** The log on a disk that loses, tears and reorders what was not synced (simulation/): the code is the writer's own, only node:fs is not. */
import t from 'tap'
import { freshVolume, tell } from './simulation/story.ts'
import { install } from './simulation/system.ts'

/** Lives of a log in `npm test`; the long run (npm run test:fault) sets SALLYPORT_SEEDS. */
const seeds = Number(process.env['SALLYPORT_SEEDS'] ?? 150)

install()

t.test(`${seeds} lives of a log, each struck by a power cut or a failing disk: nothing acknowledged is lost, and nothing is acknowledged after a failure`, { timeout: 7_200_000 }, async t => {
  const fresh = freshVolume()
  const wrong: string[] = []
  const sum = { acknowledged: 0, faulted: 0 }
  for (let seed = 1; seed <= seeds; seed++) {
    const told = tell(fresh, seed, false)
    sum.acknowledged += told.acknowledged
    sum.faulted += told.faulted ? 1 : 0
    if (told.wrong !== null) wrong.push(`seed ${seed}: ${told.wrong}`)
  }
  t.comment(`${seeds} seeds: ${sum.faulted} struck, ${sum.acknowledged} records acknowledged, ${wrong.length} wrong`)
  t.same(wrong.slice(0, 20), [])
  t.ok(sum.faulted > seeds / 2 && sum.acknowledged > seeds)
})

t.test('a writer that does not sync is caught', async t => {
  const fresh = freshVolume()
  let caught = 0
  for (let seed = 1; seed <= 40; seed++) if (tell(fresh, seed, true).wrong !== null) caught++
  t.comment(`${caught} of 40 lives without syncs are found wrong`)
  t.ok(caught > 8)
})

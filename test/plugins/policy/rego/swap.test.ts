import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { bundles, until } from './numbered.ts'
import { folderWith, gateway, openStage } from './parts.ts'

/** Swaps of the policy; `SALLYPORT_SWAPS=100` makes a hundred. */
t.test('no decision and no judgement mixes two versions, however often and however soon they are swapped', async t => {
  const swaps = process.env['SALLYPORT_SWAPS'] === undefined ? 12 : Number(process.env['SALLYPORT_SWAPS'])
  const make = await bundles(t)
  const folder = folderWith(t, {})
  const file = join(folder, 'policy.tar.gz')
  writeFileSync(file, await make(1))
  let accepted = 0
  const stage = await openStage(t, {}, { bundle: file, watch: true, deadline: '2s' }, gateway, { loaded: async load => { if (load.accepted) accepted++ } })
  let isOver = false
  let decided = 0
  const seen = new Set<unknown>()
  const caller = async (): Promise<void> => {
    while (!isOver) {
      const { decision, settle, error } = await stage.begin()
      if (error !== null) throw error
      const number = decision?.obligations[0]?.parameters['number']
      t.equal(decision?.policy?.version.split('@')[0], `v${String(number)}`) || (isOver = true)
      await new Promise(resolve => setTimeout(resolve, 30 * Math.random())) // the answer comes when other versions are in force
      const judgement = await decision?.judge?.({ classification: { labels: {} }, endpoint: 'eu', model: 'assistant', finish: 'stop', tools: [], bytes: 1 }, new AbortController().signal)
      if (judgement?.obligations[0]?.parameters['number'] !== number) t.fail('judged by another version')
      settle()
      seen.add(number)
      decided++
    }
  }
  const callers = Array.from({ length: 8 }, caller)
  for (let number = 2; number <= swaps; number++) {
    writeFileSync(file, await make(number))
    await until(() => accepted >= number || isOver, `swap ${number}`)
  }
  isOver = true
  await Promise.all(callers)
  t.equal(accepted, swaps)
  t.ok(seen.size > swaps / 2 && decided > 100, `${decided} decisions by ${seen.size} versions`)
})

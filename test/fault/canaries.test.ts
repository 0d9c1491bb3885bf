/** Canaries in prompts and answers, many to a request: none may stand in any file that the gateway writes, or in what it says on the way. */
import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { chat, startChild } from '../helpers/gateway.ts'
import { writeConfiguration } from '../helpers/configuration.ts'
import { temporaryFolder } from '../helpers/folder.ts'
import { createIssuer } from '../helpers/issuer.ts'
import { completion, startUpstream } from '../helpers/upstream.ts'

/** In `npm test`; the long run (npm run test:fault) plants 100,000. */
const planted = Number(process.env['SALLYPORT_CANARIES'] ?? 1000)
const each = 100
const lanes = 8
const mark = 'canary-'

/** A mark and 64 bits: nothing else reads like one. */
function canaries (): string {
  return Array.from({ length: each }, () => `${mark}${randomBytes(8).toString('hex')}`).join(' ')
}

t.test(`${planted} canaries in prompts and answers stand in no file`, { timeout: 3_600_000 }, async t => {
  const sum = { planted: 0, answered: 0 }
  const plant = (): string => {
    sum.planted += each
    return canaries()
  }
  const upstream = await startUpstream(t, () => completion(plant()))
  const issuer = await createIssuer()
  const folder = temporaryFolder(t)
  const configuration = writeConfiguration(folder, { issuer, endpoints: { main: upstream }, extra: { log: { level: 'trace', file: join(folder, 'gateway.log') } } })
  const gateway = await startChild(t, configuration)
  const token = await issuer.sign(undefined, { expiresInSeconds: 3600 })
  await Promise.all(Array.from({ length: lanes }, async () => {
    while (sum.planted < planted) {
      const answer = await chat(gateway, plant(), { token })
      const text = await answer.text()
      if (answer.status === 200 && text.includes(mark)) sum.answered++
    }
  }))
  const metrics = await (await fetch(`${gateway.adminAddress}/metrics`)).text()
  await gateway.close()
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(name => statSync(join(folder, name)).isFile())
  const found = names.filter(name => readFileSync(join(folder, name)).includes(mark))
  t.comment(`${sum.planted} canaries planted in ${sum.answered} prompts and their answers, ${names.length} files searched`)
  t.ok(sum.answered * each * 2 >= planted, 'they went through')
  t.same(found, [])
  for (const said of [metrics, gateway.stdout(), gateway.stderr()]) t.notOk(said.includes(mark))
})

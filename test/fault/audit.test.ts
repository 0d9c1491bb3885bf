/** Where a decision cannot be made durable, nobody gets an answer and nothing is forwarded. */
import t from 'tap'
import { readdirSync, readFileSync } from 'node:fs'
import { chat, records } from '../helpers/gateway.ts'
import { openScene } from '../helpers/scene.ts'

/** Process ids of the audit writers that this process started. */
function writers (): number[] {
  return readdirSync('/proc').map(Number).filter(pid => {
    try {
      const parent = Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[1])
      return parent === process.pid && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('audit/writer')
    } catch {
      return false
    }
  })
}

/** The stages with another setting of `audit.commit`. */
function withAudit (config: Readonly<Record<string, unknown>>): Parameters<typeof openScene>[1] {
  return { stages: stages => stages.map(stage => stage.plugin === 'audit.commit' ? { plugin: stage.plugin, config: { ...stage.config, ...config } } : stage) }
}

t.test('a commit that misses its deadline: 503, nothing forwarded; what becomes durable later is closed as never dialled', async t => {
  const scene = await openScene(t, withAudit({ deadline: '250ms' }))
  const [writer = 0] = writers()
  process.kill(writer, 'SIGSTOP')
  const answer = await chat(scene.gateway, 'hi', { token: scene.token })
  process.kill(writer, 'SIGCONT')
  t.equal(answer.status, 503)
  t.match(await answer.json(), { error: { code: 'GW_AUDIT_DEADLINE' } })
  t.equal(answer.headers.get('sallyport-decision-id'), null)
  t.equal(scene.upstream.connections(), 0)
  t.equal((await chat(scene.gateway, 'hi', { token: scene.token })).status, 200)
  const bodies = (await records(scene.data)).map(({ body }) => body)
  const late = bodies.filter(({ kind, end }) => kind === 'outcome' && end === 'not_dialled')
  t.equal(late.length, 1)
  t.match(await scene.verified(), { code: 0, open: [], violations: [] })
})

t.test('a dead writer: 503, nothing forwarded, until the next one stands', async t => {
  const scene = await openScene(t)
  const [writer = 0] = writers()
  process.kill(writer, 'SIGKILL')
  const statuses: number[] = []
  for (let turn = 0; turn < 400 && statuses.at(-1) !== 200; turn++) {
    const answer = await chat(scene.gateway, `turn ${turn}`, { token: scene.token })
    statuses.push(answer.status)
    if (answer.status !== 200) t.match((await answer.json() as { error: { code: string } }).error.code, /^GW_AUDIT_/)
    await new Promise(resolve => setTimeout(resolve, 10))
  }
  t.equal(statuses.at(-1), 200, 'a new writer serves')
  t.equal(scene.upstream.requests.length, statuses.filter(status => status === 200).length)
  t.match(await scene.verified(), { code: 0, open: [], violations: [] })
})

t.test('a full disk: 503, nothing forwarded, and not ready', async t => {
  const scene = await openScene(t, withAudit({ free_space: '900000GiB' }))
  const answer = await chat(scene.gateway, 'hi', { token: scene.token })
  t.equal(answer.status, 503)
  t.match(await answer.json(), { error: { code: 'GW_AUDIT_UNAVAILABLE' } })
  t.equal(scene.upstream.connections(), 0)
  const ready = await fetch(`${scene.gateway.adminAddress}/readyz`)
  t.equal(ready.status, 503)
  t.match(await ready.json(), { unready: ['audit'] })
})

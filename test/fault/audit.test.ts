/** Where a decision cannot be made durable, nobody gets an answer and nothing is forwarded. */
import t from 'tap'
import { readdirSync, readFileSync, statfsSync } from 'node:fs'
import { chat, records } from '../helpers/gateway.ts'
import type { Teardown } from '../helpers/folder.ts'
import { openScene, type Scene } from '../helpers/scene.ts'
import { completion } from '../helpers/upstream.ts'

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

/** Endpoints' answers come only when the writer is stopped: what is left to record then is the outcome. */
async function answeredWhileStopped (t: Teardown, release: string): Promise<{ scene: Scene, writer: number, answer: Promise<Response> }> {
  const scene = await openScene(t, { ...withAudit({ release }) })
  const [writer = 0] = writers()
  let go = (): void => {}
  const stopped = new Promise<void>(resolve => { go = resolve })
  scene.upstream.play({ kind: 'wait', until: stopped, then: completion('hello') })
  const answer = chat(scene.gateway, 'hi', { token: scene.token })
  await scene.upstream.request(0)
  process.kill(writer, 'SIGSTOP')
  go()
  return { scene, writer, answer }
}

t.test('release: after_commit: no answer is whole before its outcome is durable', async t => {
  const { writer, answer } = await answeredWhileStopped(t, 'after_commit')
  const early = await Promise.race([answer.then(async got => await got.text()), new Promise(resolve => setTimeout(resolve, 500, 'nothing'))])
  process.kill(writer, 'SIGCONT')
  t.equal(early, 'nothing')
  t.equal((await answer).status, 200)
})

t.test('release: before_commit: the answer does not wait, and its outcome is recorded all the same', async t => {
  const { scene, writer, answer } = await answeredWhileStopped(t, 'before_commit')
  const got = await answer
  t.equal(got.status, 200)
  t.match(await got.json(), { choices: [{ message: { content: 'hello' } }] })
  process.kill(writer, 'SIGCONT')
  let found = await scene.recorded(got)
  for (let turn = 0; turn < 200 && found.outcome === null; turn++) {
    await new Promise(resolve => setTimeout(resolve, 10))
    found = await scene.recorded(got)
  }
  t.match(found.outcome, { end: 'ok' })
})

t.test('a disk that is filling: not ready, the alarm rises, strangers are counted and not recorded, callers are still served', async t => {
  const { bavail, bsize } = statfsSync('.')
  const scene = await openScene(t, withAudit({ free_space: `${Math.ceil(2 * bavail * bsize / 1024 ** 2)}MiB` }))
  for (let turn = 0; turn < 200 && (await fetch(`${scene.gateway.adminAddress}/readyz`)).status === 200; turn++) await new Promise(resolve => setTimeout(resolve, 10))
  t.match(await (await fetch(`${scene.gateway.adminAddress}/readyz`)).json(), { unready: ['audit'] })
  t.match(await (await fetch(`${scene.gateway.adminAddress}/metrics`)).text(), /^sallyport_audit_space_low 1$/m)
  const stranger = await chat(scene.gateway, 'hi')
  t.equal(stranger.status, 429)
  t.match(await stranger.json(), { error: { code: 'GW_LIMIT_UNIDENTIFIED' } })
  t.equal((await chat(scene.gateway, 'hi', { token: scene.token })).status, 200)
  const decisions = (await records(scene.data)).map(({ body }) => body).filter(({ kind }) => kind === 'decision')
  t.same(decisions.map(body => body['decision']), ['permit'])
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

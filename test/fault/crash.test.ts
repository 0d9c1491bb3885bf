/**
 * kill -9 of the gateway and of the writer, at random moments of requests under way. What the endpoint saw is joined with the
 * recovered log: nothing may have been seen that is not on record, and nothing acknowledged may be missing.
 */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { writeConfiguration } from '../helpers/configuration.ts'
import { temporaryFolder } from '../helpers/folder.ts'
import { chat, records, startChild, verify, type ChildGateway } from '../helpers/gateway.ts'
import { createIssuer } from '../helpers/issuer.ts'
import { chatty, startUpstream } from '../helpers/upstream.ts'

/** Kills in `npm test`; the long run sets SALLYPORT_KILLS. */
const kills = Number(process.env['SALLYPORT_KILLS'] ?? 8)

/** The ids of the processes below a process. */
function childrenOf (pid: number): number[] {
  return readdirSync('/proc').filter(name => /^\d+$/.test(name)).map(Number).filter(candidate => parentOf(candidate) === pid)
}

function parentOf (pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return Number(status.slice(status.lastIndexOf(')') + 2).split(' ')[1])
  } catch {
    return -1
  }
}

/** Asks until the gateway is gone; answers the decision ids of whole answers. */
async function askUntilGone (gateway: ChildGateway, token: string, tag: string): Promise<string[]> {
  const acknowledged: string[] = []
  const gone = (): boolean => gateway.child.exitCode !== null || gateway.child.signalCode !== null
  await Promise.all(Array.from({ length: 8 }, async (_, lane) => {
    for (let turn = 0; !gone() && turn < 2000; turn++) {
      const answer = await chat(gateway, `${tag}-${lane}-${turn}`, { token }).then(async got => {
        await got.text()
        return got
      }, () => null)
      const id = answer?.headers.get('sallyport-decision-id') ?? null
      if (answer?.status === 200 && id !== null) acknowledged.push(id)
      if (answer?.status !== 200) await new Promise(resolve => setTimeout(resolve, 20))
    }
  }))
  return acknowledged
}

t.test('kill -9 of the gateway or the writer loses no evidence', { timeout: 600_000 }, async t => {
  const issuer = await createIssuer()
  const upstream = await startUpstream(t, chatty())
  const folder = temporaryFolder(t)
  const configuration = writeConfiguration(folder, { endpoints: { main: upstream }, issuer })
  const data = join(folder, 'data')
  const token = await issuer.sign(undefined, { expiresInSeconds: 3600 })
  const acknowledged: string[] = []
  for (let round = 0; round < kills; round++) {
    const gateway = await startChild(t, configuration)
    const asking = askUntilGone(gateway, token, `r${round}`)
    await new Promise(resolve => setTimeout(resolve, 60 + Math.random() * 300))
    const pid = gateway.child.pid ?? 0
    if (round % 2 === 0) process.kill(pid, 'SIGKILL')
    else {
      for (const writer of childrenOf(pid)) process.kill(writer, 'SIGKILL')
      await new Promise(resolve => setTimeout(resolve, 400))
      process.kill(pid, 'SIGTERM')
    }
    await gateway.exited
    acknowledged.push(...await asking)
  }
  const last = await startChild(t, configuration)
  await last.close()

  const bodies = (await records(data)).map(({ body }) => body)
  const decisions = bodies.filter(({ kind }) => kind === 'decision')
  const outcomes = bodies.filter(({ kind }) => kind === 'outcome')
  const recorded = new Set(decisions.map(body => body['id']))
  t.ok(acknowledged.length > kills, `${acknowledged.length} answers were acknowledged over ${kills} kills`)
  t.same(acknowledged.filter(id => !recorded.has(id)), [], 'every acknowledged answer is on record')
  t.ok(upstream.requests.length <= decisions.filter(body => body['decision'] === 'permit').length, `${upstream.requests.length} requests reached the endpoint, each under a durable permit`)
  const closed = new Map<unknown, number>()
  for (const outcome of outcomes) closed.set(outcome['decision_id'], (closed.get(outcome['decision_id']) ?? 0) + 1)
  t.same(decisions.filter(body => body['decision'] === 'permit' && closed.get(body['id']) !== 1).map(body => body['id']), [], 'every permit ended in exactly one outcome')
  t.match(await verify(configuration, data), { code: 0, result: 'INTACT-FILE', open: [], violations: [], broken: null })
})

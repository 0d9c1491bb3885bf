import { connect } from 'node:net'
import t from 'tap'
import { chat, records } from '../helpers/gateway.ts'
import { openScene, type Scene } from '../helpers/scene.ts'

async function until (condition: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (await condition()) return
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  throw new Error('the condition did not come true')
}

async function bodies (scene: Scene): Promise<Array<Record<string, unknown>>> {
  return (await records(scene.data)).map(({ body }) => body)
}

t.test('a caller who leaves while the endpoint works: the outcome says client_gone', async t => {
  const scene = await openScene(t, { script: { kind: 'stall', after: 'request' } })
  const controller = new AbortController()
  const asked = chat(scene.gateway, 'hi', { token: scene.token, signal: controller.signal }).catch(() => null)
  await scene.upstream.request(0)
  controller.abort()
  await asked
  await until(async () => (await bodies(scene)).some(({ kind, end }) => kind === 'outcome' && end === 'client_gone'))
  t.match(await scene.verified(), { code: 0, open: [] })
})

t.test('a caller who leaves in the middle of the body: a denial on record, nothing forwarded', async t => {
  const scene = await openScene(t)
  const { port, hostname } = new URL(scene.gateway.address)
  const socket = connect(Number(port), hostname)
  socket.write(`POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nauthorization: Bearer ${scene.token}\r\ncontent-length: 500\r\n\r\n{"model":`)
  setTimeout(() => { socket.destroy() }, 100)
  await until(async () => (await bodies(scene)).some(({ kind, decision, reasons }) => kind === 'decision' && decision === 'deny' && (reasons as string[]).includes('request.aborted')))
  t.equal(scene.upstream.connections(), 0)
})

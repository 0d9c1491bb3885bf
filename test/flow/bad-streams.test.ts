/**
 * Streams that are not what they should be: each is answered or ended cleanly, nothing that was found leaks, and the outcome says
 * what happened.
 */
import { brotliCompressSync, gzipSync } from 'node:zlib'
import t from 'tap'
import { chat } from '../helpers/gateway.ts'
import { openScene, type Scene } from '../helpers/scene.ts'

const ask = { model: 'test-model', stream: true, messages: [{ role: 'user', content: 'hi' }] }
const canary = '4111111111111111'

const policy = 'package gateway.policy.test\n\npermit contains {"id": "everyone", "endpoints": ["main"]}\n'
const response = 'package gateway.response.test\n\nredact contains {"labels": ["*"], "operator": "replace"}\n'

function chunk (content: string, finish: string | null = null): string {
  return JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta: finish === null ? { content } : {}, finish_reason: finish }] })
}

const said = `data: ${chunk('the card ')}\n\ndata: ${chunk(canary)}\n\ndata: ${chunk(' is mine')}\n\n`
const finish = `data: ${chunk('', 'stop')}\n\n`
const done = 'data: [DONE]\n\n'
const fine = said + finish + done

interface Bad {
  readonly body: string | Uint8Array
  readonly headers?: Readonly<Record<string, string>>
  /** What the outcome says. */
  readonly end: 'ok' | 'upstream_error' | 'blocked'
  /** What the caller reads. */
  readonly told: RegExp
}

const error = /GW_UPSTREAM_BAD_RESPONSE/
const whole = /\[CREDIT_CARD\].*\[DONE\]/s

const cases: Readonly<Record<string, Bad>> = {
  'lines that end with CR': { body: fine.replaceAll('\n', '\r'), end: 'ok', told: whole },
  'lines that end with CRLF': { body: fine.replaceAll('\n', '\r\n'), end: 'ok', told: whole },
  'a mark of byte order first': { body: `\ufeff${fine}`, end: 'ok', told: whole },
  'comments, one with a value': { body: `: ping\n\n${said}: ${canary}\n\n${finish}${done}`, end: 'ok', told: whole },
  'fields that nobody knows, one with a value': { body: fine.replace('data: [DONE]', `x-note: ${canary}\nretry: 10\ndata: [DONE]`), end: 'ok', told: whole },
  'data over several lines': { body: fine.replaceAll(',"choices"', ',\ndata: "choices"'), end: 'ok', told: whole },
  'a second end': { body: fine + done, end: 'upstream_error', told: error },
  'something after the end': { body: `${fine}data: ${chunk(canary)}\n\n`, end: 'upstream_error', told: error },
  'no end': { body: said + finish, end: 'upstream_error', told: error },
  'no reason why it ended': { body: said + done, end: 'ok', told: whole },
  'text after its choice ended': { body: `${said}${finish}data: ${chunk(canary)}\n\n${done}`, end: 'upstream_error', told: error },
  'an event without its blank line': { body: `${said}data: ${chunk(canary)}`, end: 'upstream_error', told: error },
  'JSON that is none': { body: `${said}data: {"choices":[{"delta":{"content":"${canary}"\n\n${done}`, end: 'upstream_error', told: error },
  'JSON with a member twice': { body: fine.replace('"id":"c"', `"id":"c","id":"${canary}"`), end: 'upstream_error', told: error },
  'bytes that are no UTF-8': { body: Buffer.concat([Buffer.from(said), Buffer.from([0x64, 0xff, 0xfe, 0x0a, 0x0a])]), end: 'upstream_error', told: error },
  'an event of ten megabytes': { body: `${said}data: ${chunk('x'.repeat(10_000_000))}\n\n${finish}${done}`, end: 'upstream_error', told: error },
  'a line of ten megabytes that never ends': { body: `${said}data: ${'x'.repeat(10_000_000)}`, end: 'upstream_error', told: error },
  'an error in the stream': { body: `${said}data: {"error":{"message":"${canary}"}}\n\n`, end: 'upstream_error', told: error },
  'another protocol': { body: `event: message_start\ndata: {"type":"message_start","message":{"id":"${canary}"}}\n\n`, end: 'upstream_error', told: error },
  'a page in place of a stream': { body: `<html>${canary}</html>`, headers: { 'content-type': 'text/html' }, end: 'upstream_error', told: error },
  'nothing at all': { body: '', end: 'upstream_error', told: error },
  'gzip, which nobody asked for': { body: gzipSync(fine), headers: { 'content-type': 'text/event-stream', 'content-encoding': 'gzip' }, end: 'upstream_error', told: error },
  'brotli, which nobody asked for': { body: brotliCompressSync(fine), headers: { 'content-type': 'text/event-stream', 'content-encoding': 'br' }, end: 'upstream_error', told: error }
}

async function outcomeOf (scene: Scene, answer: Response): Promise<unknown> {
  for (let tries = 0; tries < 50; tries++) {
    const { outcome } = await scene.recorded(answer)
    if (outcome !== null) return outcome
    await new Promise(resolve => setTimeout(resolve, 100))
  }
  throw new Error('there is no outcome')
}

t.test('a stream with', async t => {
  const scene = await openScene(t, { policy: { 'p.rego': policy, 'r.rego': response } })
  for (const [name, { body, headers = { 'content-type': 'text/event-stream' }, end, told }] of Object.entries(cases)) {
    t.test(name, async t => {
      scene.upstream.play({ kind: 'bytes', body, headers })
      const answer = await chat(scene.gateway, ask, { token: scene.token })
      const text = await answer.text()
      t.notMatch(text, canary)
      t.match(text, told)
      if (end !== 'ok') t.notMatch(text, /\[DONE\]/)
      t.match(await outcomeOf(scene, answer), { end })
    })
  }
  t.match(await scene.verified(), { code: 0, open: [] })
})

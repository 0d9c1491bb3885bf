/** Requests that two readers could read differently: none reaches the endpoint in a form that was not judged. */
import t from 'tap'
import { connect } from 'node:net'
import { chat } from '../helpers/gateway.ts'
import { openScene } from '../helpers/scene.ts'

const body = '{"model":"test-model","messages":[{"role":"user","content":"hi"}]}'

/** Sends bytes as they are; answers what comes back until the gateway closes or is silent. */
async function raw (address: string, text: string): Promise<string> {
  const { hostname, port } = new URL(address)
  return await new Promise(resolve => {
    const socket = connect({ host: hostname, port: Number(port) })
    let got = ''
    const end = (): void => {
      socket.destroy()
      resolve(got)
    }
    socket.setTimeout(1500, end)
    socket.on('data', chunk => { got += chunk.toString() }).on('error', end).on('close', end)
    socket.write(text)
  })
}

function request (headers: readonly string[], content = body, line = 'POST /v1/chat/completions HTTP/1.1'): string {
  return [line, 'host: gateway', ...headers, '', content].join('\r\n')
}

t.test('ambiguous requests', async t => {
  const scene = await openScene(t)
  const { address } = scene.gateway
  const credential = `authorization: Bearer ${scene.token}`
  const json = 'content-type: application/json'
  const length = `content-length: ${body.length}`
  const refused: Array<[name: string, text: string, status: RegExp]> = [
    ['both lengths', request([credential, json, length, 'transfer-encoding: chunked'], `0\r\n\r\n${body}`), /^HTTP\/1\.1 400/],
    ['two lengths', request([credential, json, length, 'content-length: 5']), /^HTTP\/1\.1 400/],
    ['a malformed chunk', request([credential, json, 'transfer-encoding: chunked'], 'zz\r\n'), /^HTTP\/1\.1 400/],
    ['a folded header', request([`authorization: Bearer\r\n ${scene.token}`, json, length]), /^HTTP\/1\.1 40[01]/],
    ['two credentials', request([credential, credential, json, length]), /^HTTP\/1\.1 401/],
    ['a token in the query', request([credential, json, length], body, 'POST /v1/chat/completions?access_token=x HTTP/1.1'), /^HTTP\/1\.1 401/],
    ['an upgrade', request([credential, json, length, 'connection: upgrade', 'upgrade: h2c']), /^HTTP\/1\.1 400/],
    ['another spelling of the path', request([credential, json, length], body, 'POST /v1/chat/%63ompletions HTTP/1.1'), /^HTTP\/1\.1 404/],
    ['a path with a detour', request([credential, json, length], body, 'POST /v1/x/../chat/completions HTTP/1.1'), /^HTTP\/1\.1 404/],
    ['a doubled slash', request([credential, json, length], body, 'POST //v1/chat/completions HTTP/1.1'), /^HTTP\/1\.1 404/],
    ['a NUL in a header', request([credential, json, length, 'x-a: b\u0000c']), /^HTTP\/1\.1 400/]
  ]
  for (const [name, text, status] of refused) {
    await t.test(`${name} is refused`, async t => {
      t.match(await raw(address, text), status)
      t.equal(scene.upstream.requests.length, 0)
    })
  }
  await t.test('a second request behind a refused one is not served', async t => {
    const hidden = request([credential, json, length])
    t.notMatch(await raw(address, request([credential, json, length, 'content-length: 0']) + hidden), /HTTP\/1\.1 200/)
    t.equal(scene.upstream.requests.length, 0)
  })
  await t.test('a key that differs from a known one in case alone is refused: a lenient reader would take it for that one', async t => {
    const answer = await chat(scene.gateway, { model: 'test-model', messages: [{ role: 'user', content: 'hi' }], Messages: [{ role: 'user', content: 'ho' }] }, { token: scene.token })
    t.equal(answer.status, 400)
    t.equal(scene.upstream.requests.length, 0)
  })
})

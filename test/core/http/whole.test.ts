import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { Agent } from 'undici'
import { sealDispatch, type Dispatch } from '../../../core/enforce/dispatch.ts'
import { sendWhole } from '../../../core/http/whole.ts'
import { dispatchRequest, endpoint } from '../../helpers/dispatch.ts'
import type { Teardown } from '../../helpers/folder.ts'

type Answer = (response: ServerResponse) => void

const options = { limitBytes: 1000, head: (status: number) => status < 400 }

async function serve (t: Teardown, answer: Answer): Promise<Dispatch> {
  const server: Server = createServer((request, response) => {
    request.resume().on('end', () => { answer(response) })
  })
  await new Promise<void>(resolve => { server.listen(0, '127.0.0.1', resolve) })
  const dispatcher = new Agent()
  t.teardown(async () => {
    await dispatcher.destroy()
    server.closeAllConnections()
    server.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return sealDispatch(dispatchRequest('{"messages":[],"model":"m"}', { endpoint: { ...endpoint({ url }), dispatcher } }))
}

t.test('a whole answer comes out as it was sent, chunk by chunk or at once, an interim answer before it', async t => {
  const dispatch = await serve(t, response => {
    response.writeProcessing()
    response.writeHead(201, { 'content-type': 'text/plain' })
    response.write('one ')
    setTimeout(() => { response.end('two') }, 20)
  })
  const answer = await sendWhole(dispatch, new AbortController().signal, options)
  t.equal(answer.status, 201)
  t.equal(answer.headers['content-type'], 'text/plain')
  t.equal(answer.body.toString(), 'one two')
})

t.test('an answer beyond the limit, cut before its end or never begun is an error of its own', async t => {
  const large = await serve(t, response => { response.end('x'.repeat(1001)) })
  await t.rejects(sendWhole(large, new AbortController().signal, options), { code: 'GW_UPSTREAM_BAD_RESPONSE' })
  const cut = await serve(t, response => {
    response.writeHead(200, { 'content-length': 10 })
    response.write('x')
    setTimeout(() => { response.destroy() }, 20)
  })
  await t.rejects(sendWhole(cut, new AbortController().signal, options), { code: 'GW_UPSTREAM_FAILED' })
  const silent = await serve(t, response => { response.destroy() })
  await t.rejects(sendWhole(silent, new AbortController().signal, options), { code: 'GW_UPSTREAM_FAILED' })
})

t.test('a body that is not wanted is not waited for', async t => {
  const dispatch = await serve(t, response => {
    response.writeHead(500)
    response.write('an error that never ends')
  })
  const answer = await sendWhole(dispatch, new AbortController().signal, options)
  t.equal(answer.status, 500)
  t.equal(answer.body.length, 0)
})

t.test('whoever aborts waits no longer, and the connection is given up', async t => {
  let closed: () => void = () => {}
  const isClosed = new Promise<void>(resolve => { closed = resolve })
  const dispatch = await serve(t, response => { response.on('close', closed) })
  const controller = new AbortController()
  const asked = sendWhole(dispatch, controller.signal, options)
  setTimeout(() => { controller.abort() }, 50)
  await t.rejects(asked, { code: 'GW_REQUEST_ABORTED' })
  await isClosed
  await t.rejects(sendWhole(dispatch, controller.signal, options), { code: 'GW_REQUEST_ABORTED' })
})

t.test('what is not sealed is not sent', async t => {
  const dispatch = await serve(t, response => { response.end() })
  await t.rejects(sendWhole({ ...dispatch } as unknown as Dispatch, new AbortController().signal, options), { code: 'GW_PLUGIN_CONTRACT_BROKEN' })
})

/** A model endpoint that streams: so many frames, one every so many milliseconds, as models send words. */
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

const frames = Number(process.argv[2] ?? 200)
const everyMs = Number(process.argv[3] ?? 50)

const words = ('The committee met on Tuesday to go through the proposals that had come in since the spring and put most of them off ' +
  'because nobody had expected the river to rise so fast yet by noon the lower road was under water').split(' ')

const server = createServer((request, response) => {
  request.resume()
  request.on('end', () => { stream(response) })
})

function stream (response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  let sent = 0
  const timer = setInterval(() => {
    if (sent < frames) response.write(event({ content: `${words[sent % words.length] ?? ''} ` }, null))
    else {
      clearInterval(timer)
      response.end(`${event({}, 'stop')}data: [DONE]\n\n`)
    }
    sent++
  }, everyMs)
  response.once('close', () => { clearInterval(timer) })
}

function event (delta: object, finish: string | null): string {
  return `data: ${JSON.stringify({ id: 'chatcmpl-bench', object: 'chat.completion.chunk', created: 1700000000, model: 'bench-model', service_tier: 'default', system_fingerprint: 'fp_44709d6fcb', choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }], usage: null })}\n\n`
}

server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => { console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`) })
process.on('SIGTERM', () => process.exit(0))

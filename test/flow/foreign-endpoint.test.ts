/** An OpenAI-compatible server that nobody here wrote: aimock, as it is installed, in a process of its own. */
import t from 'tap'
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import OpenAI from 'openai'
import { packageFile } from '../../core/package.ts'
import { gather } from '../helpers/command.ts'
import { temporaryFolder, type Teardown } from '../helpers/folder.ts'
import { openScene } from '../helpers/scene.ts'

const fixtures = {
  fixtures: [
    { match: { userMessage: 'harbour' }, response: { content: 'The harbour opens at six in the morning.' } },
    { match: { userMessage: 'weather' }, response: { toolCalls: [{ name: 'get_weather', arguments: '{"city":"Görlitz"}' }] } }
  ]
}

/** Answers its base URL; it ends with the test. */
async function startServer (t: Teardown, ...words: string[]): Promise<string> {
  const file = join(temporaryFolder(t), 'fixtures.json')
  writeFileSync(file, JSON.stringify(fixtures))
  const child = spawn(process.execPath, [packageFile('node_modules/@copilotkit/aimock/dist/cli.js'), '-p', '0', '-f', file, '--strict', ...words], { stdio: ['ignore', 'pipe', 'pipe'], env: {} })
  const said = gather(child.stdout)
  const complained = gather(child.stderr)
  const ended = new Promise<void>(resolve => child.once('close', () => { resolve() }))
  t.teardown(async () => {
    child.kill('SIGKILL')
    await ended
  })
  for (;;) {
    const [, address] = /listening on (http:\/\/127\.0\.0\.1:\d+)/.exec(said() + complained()) ?? []
    if (address !== undefined) return `${address}/v1`
    if (child.exitCode !== null) throw new Error(`it ended before it was ready: ${complained()}`)
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}

t.test('chat, tools and streams of another server pass the gateway, and its usage is what is counted', async t => {
  const scene = await openScene(t, { endpoints: { foreign: { provider: 'openai', url: await startServer(t), price: { input: 1, output: 1 } } } })
  const client = new OpenAI({ baseURL: `${scene.gateway.address}/v1`, apiKey: scene.token, maxRetries: 0 })
  const plain = await client.chat.completions.create({ model: 'test-model', messages: [{ role: 'user', content: 'When does the harbour open?' }] }).withResponse()
  t.equal(plain.data.choices[0]?.message.content, 'The harbour opens at six in the morning.')
  const { outcome } = await scene.recorded(plain.response)
  t.match(outcome, { endpoint: 'foreign', end: 'ok', usage: { estimated: false, input_tokens: plain.data.usage?.prompt_tokens, output_tokens: plain.data.usage?.completion_tokens } })

  const stream = await client.chat.completions.create({ model: 'test-model', stream: true, stream_options: { include_usage: true }, messages: [{ role: 'user', content: 'harbour?' }] })
  let text = ''
  for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? ''
  t.equal(text, 'The harbour opens at six in the morning.')

  const tool = await client.chat.completions.create({
    model: 'test-model', messages: [{ role: 'user', content: 'weather?' }], tools: [{ type: 'function', function: { name: 'get_weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } } }]
  })
  t.match(tool.choices[0]?.message.tool_calls, [{ type: 'function', function: { name: 'get_weather', arguments: '{"city":"Görlitz"}' } }])
})

t.test('its 429, with the rate limit fields of OpenAI, sends the request to the next, and holds it as long as it says', async t => {
  const [limited, free] = await Promise.all([startServer(t, '--chaos-ratelimit', '1'), startServer(t)])
  const scene = await openScene(t, { endpoints: { limited: { provider: 'openai', url: limited }, free: { provider: 'openai', url: free } } })
  const client = new OpenAI({ baseURL: `${scene.gateway.address}/v1`, apiKey: scene.token, maxRetries: 0 })
  const ask = async (): Promise<unknown> => {
    const { data, response } = await client.chat.completions.create({ model: 'test-model', messages: [{ role: 'user', content: 'harbour?' }] }).withResponse()
    t.match(data.choices[0]?.message.content, 'six')
    return (await scene.recorded(response)).outcome?.['attempts']
  }
  t.match(await ask(), [{ endpoint: 'limited', status: 429, error: 'GW_UPSTREAM_RATE_LIMITED' }, { endpoint: 'free', reason: 'fallback', status: 200 }])
  t.match(await ask(), [{ endpoint: 'free', status: 200 }], 'it said to wait')
})

t.test('answers of it that are cut off or no JSON are failures of the endpoint, and the next one answers', async t => {
  const [broken, cut, well] = await Promise.all([startServer(t, '--chaos-malformed', '1'), startServer(t, '--chaos-disconnect', '1'), startServer(t)])
  const scene = await openScene(t, { endpoints: { cut: { provider: 'openai', url: cut }, well: { provider: 'openai', url: well }, broken: { provider: 'openai', url: broken } }, models: { 'test-model': { endpoints: ['cut', 'well'] }, 'broken-model': { endpoints: ['broken'] } } })
  const client = new OpenAI({ baseURL: `${scene.gateway.address}/v1`, apiKey: scene.token, maxRetries: 0 })
  const messages = [{ role: 'user' as const, content: 'harbour?' }]
  const { response } = await client.chat.completions.create({ model: 'test-model', messages }).withResponse()
  t.match((await scene.recorded(response)).outcome?.['attempts'], [{ endpoint: 'cut', error: 'GW_UPSTREAM_FAILED' }, { endpoint: 'well', status: 200 }])
  await t.rejects(client.chat.completions.create({ model: 'broken-model', messages }), { status: 502, code: 'GW_UPSTREAM_BAD_RESPONSE' })
})

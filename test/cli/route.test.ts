import t from 'tap'
import { run, type CommandResult } from '../helpers/command.ts'
import { writeConfiguration } from '../helpers/configuration.ts'
import { temporaryFolder, type Teardown } from '../helpers/folder.ts'
import { startHere, chat } from '../helpers/gateway.ts'
import { createIssuer } from '../helpers/issuer.ts'
import { freePort } from '../helpers/port.ts'
import { chatty, startUpstream } from '../helpers/upstream.ts'

const nowhere = 'http://127.0.0.1:9/v1'

async function write (t: Teardown, url = nowhere, extra: Readonly<Record<string, unknown>> = {}): Promise<{ readonly file: string, readonly token: string }> {
  const issuer = await createIssuer()
  const endpoint = (more: object): Record<string, unknown> => ({ provider: 'openai', url, ...more })
  const file = writeConfiguration(temporaryFolder(t), {
    issuer,
    endpoints: {
      cheap: endpoint({ price: { input: 1, output: 1 }, context: 1000 }),
      large: endpoint({ price: { input: 10, output: 30 } }),
      dead: endpoint({ url: nowhere, health: { consecutive_failures: 1, cool_down: '1m' } }),
      claude: { provider: 'anthropic', url: 'http://127.0.0.1:9' }
    },
    models: { m: { endpoints: ['cheap', 'large'] }, n: { endpoints: ['dead', 'large'] }, c: { endpoints: ['claude'] } },
    routes: [{ path: '/v1/chat/completions', protocol: 'openai.chat', pipeline: 'default' }, { path: '/v1/messages', protocol: 'anthropic.messages', pipeline: 'default' }],
    extra
  })
  return { file, token: await issuer.sign() }
}

async function explain (file: string, ...words: string[]): Promise<CommandResult> {
  return await run(['route', 'explain', '--config', file, ...words])
}

t.test('it says which endpoint would be dialled, which come next, and what keeps the others out', async t => {
  const { file } = await write(t)
  const plain = await explain(file, '--model', 'm')
  t.equal(plain.code, 0)
  t.match(plain.stdout, /^m on \/v1\/chat\/completions$/m)
  t.match(plain.stdout, /^1 +cheap +primary +up/m)
  t.match(plain.stdout, /^2 +large +fallback +up/m)
  const long = await explain(file, '--model', 'm', '--input-tokens', '2000')
  t.match(long.stdout, /^1 +large +primary/m)
  t.match(long.stdout, /^- +cheap +context/m)
  const json = await explain(file, '--model', 'm', '--endpoints', 'cheap,claude', '--output-tokens', '10', '--input-tokens', '100', '--json')
  t.match(JSON.parse(json.stdout), {
    route: '/v1/chat/completions',
    model: 'm',
    refused: null,
    endpoints: [{ endpoint: 'cheap', rank: 1, because: 'primary', cost_micros: 110 }, { endpoint: 'large', rank: null, because: 'not_permitted' }, { endpoint: 'claude', rank: null, because: 'serves_another' }]
  })
  t.match(await explain(file, '--model', 'c'), { code: 0, stdout: /^c on \/v1\/messages$/m }, 'the first route that serves it')
})

t.test('where none is chosen it says what the caller would be told, and exits 1', async t => {
  const { file } = await write(t)
  const { code, stdout } = await explain(file, '--model', 'm', '--input-tokens', '1000', '--output-tokens', '1000', '--cost-budget', '0.000001')
  t.equal(code, 1)
  t.match(stdout, 'none is chosen: GW_ROUTE_BUDGET')
})

t.test('a question that makes no sense is a usage error', async t => {
  const { file } = await write(t)
  t.match(await explain(file, '--model', 'x'), { code: 2, stderr: /there is no model x/ })
  t.match(await explain(file, '--model', 'm', '--live'), { code: 2, stderr: /--live needs an admin address with a port/ })
})

t.test('--live asks the gateway that runs: what it has learned of endpoints counts', async t => {
  const upstream = await startUpstream(t, chatty('hi'))
  const { file, token } = await write(t, upstream.url, { admin: `127.0.0.1:${await freePort()}` })
  t.match(await explain(file, '--model', 'n', '--live'), { code: 2, stderr: /no gateway answers at 127\.0\.0\.1:\d+/ })
  const gateway = await startHere(t, file)
  t.match((await explain(file, '--model', 'n', '--live')).stdout, /^1 +dead +primary/m)
  const answer = await chat(gateway, { model: 'n', messages: [{ role: 'user', content: 'hi' }] }, { token })
  t.equal(answer.status, 200)
  const { code, stdout } = await explain(file, '--model', 'n', '--live')
  t.equal(code, 0)
  t.match(stdout, /^1 +large +health +up +0 +\d+ ms/m)
  t.match(stdout, /^2 +dead +fallback +failing/m)
  t.match(await explain(file, '--model', 'x', '--live'), { code: 2, stderr: /there is no model x/ })
})

/** What callers and endpoints say, and the secrets of the configuration, stand in no log, no record and no error. */
import t from 'tap'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { randomBytes } from 'node:crypto'
import { chat, startChild } from '../helpers/gateway.ts'
import { writeConfiguration } from '../helpers/configuration.ts'
import { temporaryFolder } from '../helpers/folder.ts'
import { createIssuer } from '../helpers/issuer.ts'
import { completion, startUpstream } from '../helpers/upstream.ts'

const canary = (name: string): string => `canary-${name}-${randomBytes(8).toString('hex')}`

t.test('no canary comes out of the gateway', async t => {
  const said = { prompt: canary('prompt'), answer: canary('answer'), tool: canary('tool'), key: canary('key'), query: canary('query'), header: canary('header'), credential: canary('credential') }
  const upstream = await startUpstream(t, request => request.body.includes('fail') ? { kind: 'json', status: 500, body: { error: said.answer } } : completion(said.answer))
  const issuer = await createIssuer()
  const folder = temporaryFolder(t)
  const log = join(folder, 'gateway.log')
  const configuration = writeConfiguration(folder, {
    issuer,
    endpoints: { main: { provider: 'openai', url: upstream.url, auth: { bearer: { file: 'credential' } } } },
    extra: { log: { level: 'trace', file: log } }
  })
  writeFileSync(join(dirname(configuration), 'credential'), said.credential)
  const gateway = await startChild(t, configuration)
  const token = await issuer.sign()
  const body = { model: 'test-model', messages: [{ role: 'user', content: said.prompt }], tools: [{ type: 'function', function: { name: said.tool, parameters: {} } }], metadata: { [said.key]: 'x' } }
  const asked = [
    await chat(gateway, body, { token, headers: { 'x-canary': said.header } }),
    await chat(gateway, { ...body, messages: [{ role: 'user', content: `fail ${said.prompt}` }] }, { token }),
    await chat(gateway, { ...body, model: said.prompt }, { token }),
    await chat(gateway, body, { token: `${token}${said.header}` }),
    await chat(gateway, body, { token, path: `/v1/chat/completions?${said.query}=1` }),
    await chat(gateway, body, { token, path: `/${said.query}` })
  ]
  t.equal(asked[0]?.status, 200)
  const errors = (await Promise.all(asked.slice(1).map(async answer => await answer.text()))).join('\n')
  const shown = await fetch(`${gateway.adminAddress}/metrics`).then(async answer => await answer.text())
  await gateway.close()
  t.equal(upstream.requests[0]?.headers['authorization'], `Bearer ${said.credential}`, 'the endpoint got its credential')
  const files = readdirSync(join(folder, 'data'), { recursive: true, encoding: 'utf8' }).filter(name => /\.(?:frames|log|seg)|^audit\/(?!keys)/.test(name)).map(name => readIfFile(join(folder, 'data', name)))
  const places: Record<string, string> = { errors, metrics: shown, log: readFileSync(log, 'utf8'), output: gateway.stdout() + gateway.stderr(), records: files.join('\n') }
  t.match(places['records'], /"kind":"decision"/, 'the records were read')
  t.match(places['log'], /"level":"info"/, 'the log was read')
  for (const [place, text] of Object.entries(places)) {
    for (const [name, value] of Object.entries(said)) {
      if (place === 'records' && name === 'tool') continue // names of tools are facts that policies judge, and their input is on record
      t.notOk(text.includes(value), `${name} is not in ${place}`)
    }
    t.notOk(text.includes(token), `the token is not in ${place}`)
  }
})

function readIfFile (path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}

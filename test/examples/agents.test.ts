import t from 'tap'
import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { signDevelopmentToken } from '../../plugins/identity/issuer/development.ts'
import { run } from '../helpers/command.ts'
import { startExample } from '../helpers/example.ts'
import { chat } from '../helpers/gateway.ts'
import { createProofClient } from '../helpers/proof.ts'
import { startUpstream } from '../helpers/upstream.ts'

t.test('agents act for people, and prove it', async t => {
  const model = await startUpstream(t)
  const example = await startExample(t, 'agents', { 'local-model': model })
  const folder = dirname(example.configuration)
  const key = join(folder, 'writer.jwk')
  const url = 'http://127.0.0.1:8080/v1/chat/completions'
  const body = { model: 'assistant', messages: [{ role: 'user', content: 'Good morning' }] }
  const print = async (words: readonly string[], input?: string): Promise<string> => {
    const { code, stdout, stderr } = await run(words, input === undefined ? {} : { input })
    if (code !== 0) throw new Error(`${words.join(' ')} ended with ${String(code)}: ${stderr}`)
    return stdout.trim()
  }
  const client = await createProofClient({ method: 'POST', url })
  const chain = (actors: readonly string[]): object => actors.reduceRight<object>((inner, sub) => ({ act: { sub, ...inner } }), {})
  const token = async (sub: string, actors: readonly string[], more: Readonly<Record<string, unknown>> = {}): Promise<string> =>
    await signDevelopmentToken(example.data, { issuer: 'https://agents.localhost', audience: 'sallyport', claims: { sub, tenant: 'acme', ...chain(actors), cnf: { jkt: client.thumbprint }, ...more } })
  const present = async (text: string): Promise<Record<string, string>> => ({ authorization: `DPoP ${text}`, dpop: await client.prove(text) })
  const ask = async (headers: Record<string, string>): Promise<Response> => await chat(example.gateway, body, { headers })

  await t.test('an agent works with the roles of the person it acts for, and the record names both', async t => {
    const text = await print(['token', '--config', example.configuration, '--subject', 'ada', '--tenant', 'acme', '--actor', 'writer', '--actor', 'planner', '--key', key, '--claim', 'may_act={"sub":"writer"}'])
    t.match(JSON.parse(Buffer.from(text.split('.')[1] ?? '', 'base64url').toString()), { may_act: { sub: 'writer' } })
    const answer = await ask({ authorization: `DPoP ${text}`, dpop: await print(['token', 'proof', '--key', key, '--url', url], text) })
    t.equal(answer.status, 200, await answer.text())
    const { decision } = await example.recorded(answer)
    t.match(decision, {
      reasons: ['agents_of_analysts'], principal: { type: 'agent', subject: 'ada', roles: ['analyst'], groups: ['research'], actors: [{ id: 'writer' }, { id: 'planner' }], confirmation: /^jkt:/ }
    })
  })

  await t.test('a proof is good for one request', async t => {
    const headers = await present(await token('ada', ['writer']))
    t.equal((await ask(headers)).status, 200)
    t.equal((await ask(headers)).status, 401)
  })

  await t.test('a token without a proof, or without a key, is refused', async t => {
    t.equal((await ask({ authorization: `Bearer ${await token('ada', ['writer'])}` })).status, 401)
    t.equal((await ask({ authorization: `Bearer ${await token('ada', ['writer'], { cnf: undefined })}` })).status, 401)
  })

  await t.test('an agent nobody knows, and one that acts for nobody, are denied', async t => {
    const unknown = await ask(await present(await token('ada', ['writer', 'stranger'])))
    t.match((await example.recorded(unknown)).decision, { decision: 'deny', reasons: ['unknown_agent'] })
    const alone = await ask(await present(await token('ada', [])))
    t.match((await example.recorded(alone)).decision, { decision: 'deny', reasons: ['agent_alone'] })
  })

  await t.test('a workload acts for the person of a token beside its own, and for nobody without one', async t => {
    const identity = await print(['token', '--config', example.configuration, '--kind', 'workload', '--subject', 'spiffe://desk.example/writer', '--tenant', 'acme', '--key', key])
    const access = await token('ada', [])
    writeFileSync(join(folder, 'access.token'), access)
    const proof = async (...words: string[]): Promise<string> => await print(['token', 'proof', '--key', key, '--url', url, ...words], identity)
    const headers = async (...words: string[]): Promise<Record<string, string>> => ({ 'workload-identity-token': identity, 'workload-proof-token': await proof(...words) })
    const both = await ask({ ...await present(access), ...await headers('--access', join(folder, 'access.token')) })
    t.equal(both.status, 200, await both.text())
    t.match((await example.recorded(both)).decision, { principal: { subject: 'ada', roles: ['analyst'], actors: [{ issuer: 'https://workloads.localhost', id: 'spiffe://desk.example/writer' }] } })
    const alone = await ask(await headers())
    t.match((await example.recorded(alone)).decision, { decision: 'deny', reasons: ['agent_alone'], principal: { subject: 'spiffe://desk.example/writer', confirmation: /^jkt:/ } })
    const { code } = await run(['token', '--config', example.configuration, '--kind', 'workload'])
    t.equal(code, 2, 'a workload without a key')
  })

  await t.test('a role that the token claims beyond those allowed is cut, and a person who left is refused', async t => {
    const claimed = await ask(await present(await token('bob', ['writer'], { roles: ['root'] })))
    t.match((await example.recorded(claimed)).decision, { decision: 'deny', principal: { subject: 'bob', roles: [] } })
    const left = await ask(await present(await token('former-colleague', ['writer'])))
    t.equal(left.status, 401)
    t.match((await example.recorded(left)).decision, { decision: 'deny', reasons: ['identity.revoked'], principal: { subject: 'former-colleague' } })
  })

  await t.test('a job with an API key reads, under the roles of its source', async t => {
    const issued = await print(['keys', 'issue', '--config', example.configuration, '--subject', 'nightly-digest', '--role', 'reader', '--role', 'analyst'])
    let answer = await ask({ 'x-api-key': issued })
    for (let waited = 0; waited < 40 && answer.status === 503; waited++) {
      await new Promise(resolve => setTimeout(resolve, 100))
      answer = await ask({ 'x-api-key': issued })
    }
    t.equal(answer.status, 200, await answer.text())
    t.match((await example.recorded(answer)).decision, { reasons: ['readers'], principal: { type: 'service', subject: 'nightly-digest', tenant: 'acme', roles: ['reader'], method: 'api_key' } })
  })

  await t.test('explain says which rule a credential does not meet, and shows none of it', async t => {
    const text = await token('ada', ['writer', 'writer'])
    const { code, stdout } = await run(['identity', 'explain', '--config', example.configuration], { input: text })
    t.equal(code, 1)
    t.match(stdout, /^no +subject +.*\n +refused +GW_IDENTITY_INVALID \(401\): the chain of actors comes back/m)
    for (const part of text.split('.')) t.notOk(stdout.includes(part))
    const { authorization, dpop } = await present(await token('ada', ['writer']))
    const good = await run(['identity', 'explain', '--config', example.configuration], { input: `Authorization: ${authorization ?? ''}\nDPoP: ${dpop ?? ''}\n` })
    t.equal(good.code, 0, good.stdout)
    t.match(good.stdout, /role in effect +analyst/)
  })

  t.match(await example.verified(), { code: 0, open: [], violations: [], broken: null })
})

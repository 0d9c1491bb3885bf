/** A body, or an answer, within its limit of bytes but of more values than memory holds: nodes for all of them could end the process. */
import t from 'tap'
import { shippedProtocols } from '../../plugins/index.ts'
import { openaiEmbeddings } from '../../plugins/protocol/openai-embeddings/index.ts'
import { rawRequest } from '../plugins/protocol/bodies.ts'

t.test('a body of more than a million values is refused, whatever they are', async t => {
  for (const [name, value] of [['openai.chat', '{}'], ['openai.chat', '1'], ['http', '1'], ['http', '""']] as const) {
    const protocol = shippedProtocols.find(each => each.name === name)
    const body = `{"model":"m","messages":[],"x":[${`${value},`.repeat(1_000_000)}${value}]}`
    t.throws(() => protocol?.read(rawRequest('/x', body)), { code: 'GW_CLASSIFY_TOO_LARGE' }, `${name} ${value}`)
  }
})

t.test('vectors of more than a million numbers are an answer all the same', async t => {
  const data = Array.from({ length: 300 }, (_unused, index) => `{"object":"embedding","index":${index},"embedding":[${'0.5,'.repeat(4095)}0.5]}`)
  const body = Buffer.from(`{"object":"list","model":"m","data":[${data.join()}]}`)
  const { answer } = openaiEmbeddings.readAnswer({ status: 200, contentType: 'application/json', body, stream: false })
  t.notOk(answer.lanes.some(({ path }) => path.includes('embedding')))
  t.same(answer.unscanned, [])
})

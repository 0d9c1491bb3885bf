import t from 'tap'
import fc from 'fast-check'
import { mintReceipt, type Receipt } from '../../../core/audit/receipt.ts'
import { isSealed, sealDispatch } from '../../../core/enforce/dispatch.ts'
import type { Permit } from '../../../core/enforce/permit.ts'
import { openai } from '../../../plugins/provider/openai/index.ts'
import { dispatchRequest as request, endpoint, permit, receipt } from '../../helpers/dispatch.ts'

const body = '{"messages":[{"role":"user","content":"hi"}],"model":"large"}'
const refused = { code: 'GW_PLUGIN_CONTRACT_BROKEN' }

t.test('permit, receipt and an endpoint of the permit seal a dispatch of the judged body', async t => {
  const dispatch = sealDispatch(request(body))
  t.ok(isSealed(dispatch))
  t.notOk(isSealed({ ...dispatch }), 'a copy is not sealed')
  t.equal(Buffer.from(dispatch.body ?? []).toString(), body)
  t.equal(dispatch.url.href, 'https://model.example/v1/chat/completions')
  t.match(dispatch.headers, { authorization: 'Bearer key', 'content-type': 'application/json' })
  t.notOk('cookie' in dispatch.headers)
})

t.test('without permit or receipt, with look-alikes, or with those of another decision, nothing is sealed', async t => {
  t.throws(() => sealDispatch(request(body, { permit: undefined })), refused)
  t.throws(() => sealDispatch(request(body, { receipt: undefined })), refused)
  t.throws(() => sealDispatch(request(body, { permit: { ...permit, covers: () => true } as unknown as Permit })), refused)
  t.throws(() => sealDispatch(request(body, { receipt: { ...receipt } as Receipt })), refused)
  t.throws(() => sealDispatch(request(body, { receipt: mintReceipt({ decisionId: 'other', index: 1, leafHash: '', size: 2, checkpoint: '' }) })), refused)
})

t.test('an endpoint outside the permit, or one that does not speak the protocol, is refused', async t => {
  t.throws(() => sealDispatch(request(body, { endpoint: endpoint({ id: 'other' }) })), refused)
  t.throws(() => sealDispatch(request(body, { endpoint: { ...endpoint(), provider: { ...openai, protocols: ['http'] } } })), refused)
})

t.test('a body that is not the one on record is never sealed, whatever was changed', async () => {
  const whole = request(body)
  fc.assert(fc.property(fc.nat(body.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
    const changed = Buffer.from(body)
    changed[at] = (changed[at] ?? 0) ^ change
    const model = whole.reading.model?.span ?? { start: 0, end: 0 }
    const within = at >= model.start && at < model.end // the one span that dispatch may replace
    try {
      sealDispatch({ ...whole, judged: { ...whole.judged, body: changed } })
      return within
    } catch {
      return true
    }
  }))
})

t.test('another name of the model replaces that value and no other byte, and the MAC stays that of the record', async t => {
  const asked = request(body, { endpoint: endpoint({ model: 'gpt-4o' }) })
  const dispatch = sealDispatch(asked)
  t.equal(Buffer.from(dispatch.body ?? []).toString(), body.replace('"large"', '"gpt-4o"'))
  t.equal(dispatch.mac.mac, asked.dispatched.mac)
  t.equal(dispatch.model, 'gpt-4o')
})

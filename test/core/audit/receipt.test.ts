import t from 'tap'
import { isReceipt, mintReceipt, Receipt } from '../../../core/audit/receipt.ts'

const content = { decisionId: 'd', index: 1, leafHash: 'ab', size: 2, checkpoint: 'note' }

t.test('only what was minted is a receipt', async t => {
  const minted = mintReceipt(content)
  t.ok(isReceipt(minted))
  t.notOk(isReceipt({ ...minted }))
  t.notOk(isReceipt(Object.create(minted)))
  t.notOk(isReceipt(null))
})

t.test('a receipt cannot be made without the seal, nor changed', async t => {
  t.throws(() => new Receipt(Symbol('receipt'), content), TypeError)
  t.throws(() => Object.assign(mintReceipt(content), { index: 9 }), TypeError)
})

/** Signatures: of each record where that is asked for, and by a process that holds the key. */
import { statSync } from 'node:fs'
import { connect } from 'node:net'
import { once } from 'node:events'
import { join } from 'node:path'
import t from 'tap'
import { proveDecision } from '../../../core/audit/evidence.ts'
import { nameAfter } from '../../../core/audit/keys.ts'
import { newSigningKey, openSigningKey } from '../../../core/audit/note.ts'
import { orderState, placeOrder } from '../../../core/audit/orders.ts'
import { records } from '../../../core/audit/show.ts'
import { serveSigner } from '../../../core/audit/signer/server.ts'
import { frameOf } from '../../../core/audit/signer/wire.ts'
import { checkEvidence } from '../../../core/audit/verify/evidence.ts'
import { temporaryFolder, type Teardown } from '../../helpers/folder.ts'
import { auditFolder, decision, keysOf, openAudit, outcome, patient, until, verified } from './parts.ts'

t.test('signature: record signs each record by itself, in the log and in evidence', async t => {
  const folder = auditFolder(t)
  const audit = await openAudit(t, folder, { signature: 'record' })
  const receipt = await audit.append(decision(), patient)
  await audit.append(outcome(receipt), patient)
  await audit.close()
  t.ok([...records(folder)].every(({ record }) => typeof record.signature === 'string'))
  t.match(verified(folder), { result: 'INTACT-FILE', open: [], violations: [] })
  const evidence = proveDecision(folder, receipt.decisionId)
  if (evidence === null) throw new Error('it is in the log')
  t.equal(checkEvidence(evidence, keysOf(folder)).record.index, receipt.index)
  const again = await openAudit(t, folder)
  await again.append(decision({ decision: 'deny' }), patient)
  await again.close()
  t.match(verified(folder), { result: 'INTACT-FILE' }, 'a log may go on without')
})

async function openSigner (t: Teardown): Promise<{ socket: string, close: () => void, origin: string }> {
  const pem = newSigningKey()
  const key = openSigningKey(nameAfter(openSigningKey('', pem).publicKey), pem)
  const socket = join(temporaryFolder(t), 'signer')
  const server = await serveSigner(key, socket)
  const sockets: Array<{ destroy: () => void }> = []
  server.on('connection', connection => { sockets.push(connection) })
  const close = (): void => {
    server.close()
    for (const connection of sockets) connection.destroy()
  }
  t.teardown(close)
  return { socket, close, origin: key.origin }
}

t.test('a process that holds the key signs for the writer, and its end is the end of the log until it is back', async t => {
  const signer = await openSigner(t)
  t.equal(statSync(signer.socket).mode & 0o777, 0o600)
  const folder = auditFolder(t)
  const audit = await openAudit(t, folder, { signer: signer.socket })
  t.equal(audit.origin, signer.origin)
  const receipt = await audit.append(decision(), patient)
  await audit.append(outcome(receipt), patient)
  t.match(verified(folder), { result: 'INTACT-FILE', open: [] })
  t.throws(() => statSync(join(folder, 'keys/log.key')), 'the writer has none of its own')
  placeOrder(folder, { kind: 'rotate' })
  await until(() => orderState(folder, 'rotate').state === 'refused', 'no rotation of a key that is held elsewhere')
  signer.close()
  await t.rejects(audit.append(decision(), patient), { code: 'GW_AUDIT_UNAVAILABLE' })
  t.notOk(audit.ready())
})

t.test('a signer signs checkpoints and records of its log, and nothing else', async t => {
  const { socket, origin } = await openSigner(t)
  const ask = async (text: string): Promise<number> => {
    const connection = connect(socket)
    connection.write(frameOf(Buffer.from(text)))
    const [answer] = await once(connection, 'data') as [Buffer]
    connection.destroy()
    return answer.length - 4
  }
  t.equal(await ask(''), 32)
  t.equal(await ask(`${origin}\n1\nAAAA\n`), 64)
  t.equal(await ask('sallyport record/v1\n{}'), 64)
  t.equal(await ask('example.com/other\n1\nAAAA\n'), 0)
  t.equal(await ask('a token'), 0)
})

/** The audit commands as an auditor runs them: on a log that a writer process made, with the public key in a file. */
import { once } from 'node:events'
import { cpSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { segmentFile } from '../../core/audit/verify/files.ts'
import { macOf, openMacKey } from '../../core/enforce/mac.ts'
import { decision, openAudit, outcome, patient } from '../core/audit/parts.ts'
import { run, start } from '../helpers/command.ts'
import { writeConfiguration } from '../helpers/configuration.ts'
import { temporaryFolder, type Teardown } from '../helpers/folder.ts'
import { createIssuer } from '../helpers/issuer.ts'

const body = '{"model":"gpt-4o","q":"MRN: 48213977"}'

interface AuditedGateway { readonly data: string, readonly folder: string, readonly key: string, readonly id: string, readonly openId: string, readonly body: string }

/** A data folder as a gateway leaves it: one permit with its outcome, one that is still open. */
async function audited (t: Teardown): Promise<AuditedGateway> {
  const data = temporaryFolder(t)
  const folder = join(data, 'audit')
  const macKey = openMacKey(join(data, 'keys'))
  const audit = await openAudit(t, folder)
  const mac = (text: string): ReturnType<typeof macOf> => macOf(macKey, ['{"model":', text].map(part => Buffer.from(part)))
  const dispatched = mac(',"q":"MRN: [mrn]"}')
  const receipt = await audit.append(decision({ received: mac(',"q":"MRN: 48213977"}'), dispatched }), patient)
  await audit.append(outcome(receipt, { attempts: [] }), patient)
  const open = await audit.append(decision(), patient)
  const key = join(data, 'log.key')
  cpSync(join(folder, 'verifier.key'), key)
  writeFileSync(join(data, 'body.json'), body)
  return { data, folder, key, id: receipt.decisionId, openId: open.decisionId, body: join(data, 'body.json') }
}

/** Changes one letter of the first decision in a copy of the log. */
function spoiledCopy (t: Teardown, folder: string): string {
  const copy = join(temporaryFolder(t), 'audit')
  cpSync(folder, copy, { recursive: true })
  const file = segmentFile(copy, 0)
  const bytes = readFileSync(file)
  bytes.write('x', bytes.indexOf('"u-17"') + 1)
  writeFileSync(file, bytes)
  return copy
}

t.test('audit verify', async t => {
  const { folder, key, openId, data } = await audited(t)

  await t.test('says what is intact and which permits are open, and exits 0', async t => {
    const { code, stdout } = await run(['audit', 'verify', folder, '--key', key, '--json'])
    t.equal(code, 0)
    t.match(JSON.parse(stdout), { result: 'INTACT-FILE', size: 4, root: /^[A-Za-z0-9+/]{43}=$/, open: [openId], violations: [], broken: null })
    t.match(await run(['audit', 'verify', folder, '--key', key]), { code: 0, stdout: /^INTACT-FILE: the log is intact/ })
  })
  await t.test('says what is broken and where, and exits 1', async t => {
    const spoiled = spoiledCopy(t, folder)
    const { code, stdout } = await run(['audit', 'verify', spoiled, '--key', key, '--json'])
    t.equal(code, 1)
    t.match(JSON.parse(stdout), { result: 'BROKEN', size: 1, broken: { what: /checksum/, where: 'records/00000000.seg, byte 4096' } })
    t.match(await run(['audit', 'verify', spoiled, '--key', key]), { code: 1, stdout: /^BROKEN/ })
  })
  await t.test('exits 2 for what is no log, no key, no receipt', async t => {
    t.match(await run(['audit', 'verify', data, '--key', key]), { code: 2, stderr: /holds no audit log/ })
    t.match(await run(['audit', 'verify', folder]), { code: 2, stderr: /--key is required/ })
    t.match(await run(['audit', 'verify', folder, '--key', join(data, 'missing')]), { code: 2, stderr: /cannot be read/ })
    t.match(await run(['audit', 'verify', folder, '--key', join(data, 'body.json')]), { code: 2, stderr: /not a note verifier key/ })
    t.match(await run(['audit', 'verify', folder, '--key', key, '--receipts', key]), { code: 2, stderr: /log\.key:1: / })
  })
  await t.test('holds the log against receipts', async t => {
    const { stdout } = await run(['audit', 'prove', folder, '--decision', openId])
    const receipts = join(data, 'receipts')
    writeFileSync(receipts, `${stdout}\n${stdout}`)
    t.match(await run(['audit', 'verify', folder, '--key', key, '--receipts', receipts]), { code: 0, stdout: /^ANCHORED/ })
  })
})

t.test('audit show', async t => {
  const { folder, id, openId } = await audited(t)

  await t.test('shows all records oldest first, with --json as they stand in the log', async t => {
    const { code, stdout } = await run(['audit', 'show', folder, '--json'])
    const shown = stdout.trim().split('\n').map(line => JSON.parse(line) as { index: number, body: { kind: string } })
    t.equal(code, 0)
    t.same(shown.map(({ index, body: { kind } }) => [index, kind]), [[0, 'system'], [1, 'decision'], [2, 'outcome'], [3, 'decision']])
    const { stdout: lines } = await run(['audit', 'show', folder])
    t.match(lines.trim().split('\n'), [/system {3}start/, `decision ${id} permit /v1/chat/completions [clinicians] u-17 (acme)`, `outcome  ${id} ok azure-eu 200`, openId])
  })
  await t.test('shows one decision with its outcome', async t => {
    const { stdout } = await run(['audit', 'show', folder, '--decision', id, '--json'])
    t.same(stdout.trim().split('\n').map(line => (JSON.parse(line) as { index: number }).index), [1, 2])
    t.match(await run(['audit', 'show', folder, '--decision', 'nobody']), { code: 2, stderr: /no decision nobody/ })
  })
  await t.test('a broken log is shown as far as it goes, and exits 1', async t => {
    t.match(await run(['audit', 'show', spoiledCopy(t, folder)]), { code: 1, stdout: /system {3}start/, stderr: /checksum/ })
  })
})

t.test('audit prove prints evidence that audit check-evidence verifies alone', async t => {
  const { folder, id, key, data } = await audited(t)
  const { code, stdout } = await run(['audit', 'prove', folder, '--decision', id])
  t.equal(code, 0)
  const evidence = JSON.parse(stdout) as { record: string, proof: string }
  t.same(Object.keys(evidence), ['record', 'proof'])
  t.match(JSON.parse(evidence.record), { index: 1, body: { id } })
  const file = join(data, 'evidence.json')
  writeFileSync(file, stdout)
  t.match(await run(['audit', 'check-evidence', file, '--key', key]), { code: 0, stdout: /^the evidence stands/ })
  writeFileSync(file, stdout.replace('u-17', 'u-18'))
  t.match(await run(['audit', 'check-evidence', file, '--key', key]), { code: 1, stdout: '', stderr: /does not lead/ })
  writeFileSync(file, 'no JSON')
  t.match(await run(['audit', 'check-evidence', file, '--key', key]), { code: 1 })
  t.match(await run(['audit', 'check-evidence', join(data, 'missing'), '--key', key]), { code: 2 })
  t.match(await run(['audit', 'prove', folder, '--decision', 'nobody']), { code: 2, stderr: /no decision nobody/ })
})

t.test('audit match', async t => {
  const { folder, id, body: file, data } = await audited(t)
  const match = async (...words: string[]): Promise<{ code: number | null, stdout: string, stderr: string }> => await run(['audit', 'match', folder, '--decision', id, ...words])

  await t.test('tells the body that was received, under whatever model', async t => {
    t.match(await match('--body', file), { code: 0, stdout: 'received: the same\ndispatched: another\n' })
    writeFileSync(file, body.replace('gpt-4o', 'another'))
    t.match(await match('--body', file), { code: 0 })
  })
  await t.test('tells the body that was dispatched', async t => {
    writeFileSync(file, body.replace('48213977', '[mrn]'))
    t.match(await match('--body', file), { code: 0, stdout: 'received: another\ndispatched: the same\n' })
  })
  await t.test('exits 1 for another body', async t => {
    writeFileSync(file, body.replace('48213977', '48213978'))
    t.match(await match('--body', file), { code: 1, stdout: 'received: another\ndispatched: another\n' })
  })
  await t.test('takes the MAC key from a file or a folder, and exits 2 with another one', async t => {
    writeFileSync(file, body)
    t.match(await match('--body', file, '--hmac-key', join(data, 'keys')), { code: 0 })
    t.match(await match('--body', file, '--hmac-key', join(data, 'keys/mac.key')), { code: 0 })
    writeFileSync(join(data, 'other'), 'ab'.repeat(32))
    t.match(await match('--body', file, '--hmac-key', join(data, 'other')), { code: 2, stderr: /does not hold the MAC key [0-9a-f]{8}/ })
    t.match(await match('--body', file, '--hmac-key', file), { code: 2, stderr: /does not hold the MAC key [0-9a-f]{8}/ })
  })
  await t.test('exits 2 where it is told too little', async t => {
    t.match(await match(), { code: 2, stderr: /--body is required/ })
    t.match(await run(['audit', 'match', folder, '--decision', 'nobody', '--body', file]), { code: 2, stderr: /no decision nobody/ })
  })
})

t.test('keys', async t => {
  const folder = temporaryFolder(t)
  const configuration = writeConfiguration(folder, { issuer: await createIssuer(), endpoints: { main: { provider: 'openai', url: 'http://127.0.0.1:9/v1' } } })
  const audit = join(folder, 'data/audit')

  await t.test('keys show has nothing to show before there are keys', async t => {
    t.match(await run(['keys', 'show', '--config', configuration]), { code: 1, stdout: '', stderr: /no keys yet/ })
  })
  await t.test('keys new makes them, once', async t => {
    const first = await run(['keys', 'new', '--config', configuration])
    t.match(first, { code: 0, stdout: /^sallyport\.log\/[0-9a-f]{16}\+[0-9a-f]{8}\+[A-Za-z0-9+/=]{44}\n$/ })
    t.equal(statSync(join(audit, 'keys/log.key')).mode & 0o777, 0o600)
    t.equal(statSync(join(folder, 'data/keys/mac.key')).mode & 0o777, 0o600)
    t.equal((await run(['keys', 'new', '--config', configuration])).stdout, first.stdout)
    t.match(await run(['keys', 'show', '--config', configuration]), { code: 0, stdout: first.stdout })
  })
  await t.test('the writer goes on with them', async t => {
    const { stdout } = await run(['keys', 'show', '--config', configuration])
    const log = await openAudit(t, audit)
    t.ok(stdout.startsWith(`${log.origin}+`))
    const key = join(folder, 'log.key')
    writeFileSync(key, stdout)
    t.match(await run(['audit', 'verify', audit, '--key', key]), { code: 0 })
  })
})

t.test('audit hold and audit prune are carried out by the running writer, or say that it refused', async t => {
  const { folder } = await audited(t)
  t.match(await run(['audit', 'hold', folder, '--reason', 'a case']), { code: 0, stdout: /^the hold is set, and on record/ })
  t.match(await run(['audit', 'prune', folder, '--before', '2030-01-01', '--reason', 'retention']), { code: 1, stdout: /^refused: a legal hold is set/ })
  t.match(await run(['audit', 'hold', folder, '--lift', '--reason', 'closed']), { code: 0 })
  t.match(await run(['audit', 'prune', folder, '--before', '2030-01-01', '--reason', 'retention']), { code: 1, stdout: /no sealed segment/ })
  t.match(await run(['audit', 'prune', folder, '--before', 'yesterday', '--reason', 'retention']), { code: 2, stderr: /--before takes a time/ })
  t.match(await run(['audit', 'prune', folder, '--before', '2030-01-01']), { code: 2, stderr: /--reason is required/ })
})

t.test('audit abandon does not touch the log of a running gateway', async t => {
  const { folder } = await audited(t)
  t.match(await run(['audit', 'abandon', folder, '--reason', 'no']), { code: 1, stderr: /another writer holds the log/ })
})

t.test('keys rotate is carried out by the running writer, and keys show prints the new key', async t => {
  const folder = temporaryFolder(t)
  const configuration = writeConfiguration(folder, { issuer: await createIssuer(), endpoints: { main: { provider: 'openai', url: 'http://127.0.0.1:9/v1' } } })
  const audit = join(folder, 'data/audit')
  await openAudit(t, audit)
  const shown = async (): Promise<string> => (await run(['keys', 'show', '--config', configuration])).stdout
  const first = await shown()
  writeFileSync(join(folder, 'first.key'), first)
  t.match(await run(['keys', 'rotate', '--config', configuration]), { code: 0, stdout: /^the new key signs/ })
  t.not(await shown(), first)
  t.match(await run(['audit', 'verify', audit, '--key', join(folder, 'first.key')]), { code: 0 })
})

t.test('keys signer prints the key of the log that it signs, and serves until it is stopped', async t => {
  const folder = temporaryFolder(t)
  const child = start(['keys', 'signer', '--key', join(folder, 'signer/log.key'), '--socket', join(folder, 'socket')])
  t.teardown(() => { child.kill() })
  const [line] = await once(child.stdout ?? child, 'data') as [Buffer]
  t.match(line.toString(), /^sallyport\.log\/[0-9a-f]{16}\+[0-9a-f]{8}\+/)
  const audit = await openAudit(t, join(folder, 'audit'), { signer: join(folder, 'socket') })
  await audit.append(decision({ decision: 'deny' }), patient)
  await audit.close()
  writeFileSync(join(folder, 'key'), line)
  t.match(await run(['audit', 'verify', join(folder, 'audit'), '--key', join(folder, 'key')]), { code: 0 })
  t.equal(statSync(join(folder, 'signer/log.key')).mode & 0o777, 0o600)
})

/** A log exported as C2SP tiles (c2sp.org/tlog-tiles), and verified from them. */
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { exportTiles } from '../../../core/audit/export.ts'
import { placeOrder, orderState } from '../../../core/audit/orders.ts'
import { listSeals } from '../../../core/audit/verify/files.ts'
import { splitBundle, tilePath } from '../../../core/audit/verify/tiles.ts'
import { leafHash, nodeHash } from '../../../core/audit/verify/tree.ts'
import { verifyLog } from '../../../core/audit/verify/verify.ts'
import { temporaryFolder } from '../../helpers/folder.ts'
import { auditFolder, decision, keysOf, openAudit, outcome, patient, recordsOf, until, verified } from './parts.ts'

t.test('tiles lie where the specification has them', async t => {
  t.equal(tilePath(0, 0), 'tile/0/000')
  t.equal(tilePath(2, 1234067), 'tile/2/x001/x234/067')
  t.equal(tilePath('entries', 67_000, 9), 'tile/entries/x067/000.p/9')
})

t.test('an export holds every record and hash, grows with the log, and verifies as the log does', async t => {
  const folder = auditFolder(t)
  const audit = await openAudit(t, folder)
  const [tiles, keys] = [temporaryFolder(t), keysOf(folder)]
  const append = async (count: number): Promise<void> => { await Promise.all(Array.from({ length: count }, () => audit.append(decision({ decision: 'deny' }), patient))) }
  await append(200)
  exportTiles(folder, tiles)
  t.match(verifyLog(tiles, keys), { ...verified(folder), size: 201 })
  await append(399)
  const open = await audit.append(decision(), patient)
  placeOrder(folder, { kind: 'rotate' })
  await until(() => orderState(folder, 'rotate').state === 'done', 'the rotation')
  const { size, files } = exportTiles(folder, tiles)
  t.equal(size, 602)
  t.equal(files, 2 * 3 + 1, 'three tiles of hashes, three of entries, one above')
  t.match(verifyLog(tiles, keys), { result: 'INTACT-FILE', size: 602, root: verified(folder).root, open: [open.decisionId], violations: [] }, 'by the key before the rotation')
  t.match(verifyLog(tiles, keysOf(folder)), { result: 'INTACT-FILE' }, 'and by the one after')
  const leaves = [0, 1, 2].flatMap(number => splitBundle(readFileSync(join(tiles, tilePath('entries', number, number < 2 ? 256 : 90)))))
  const hashes = readFileSync(join(tiles, tilePath(0, 1)))
  t.ok(leaves.slice(256, 512).every((leaf, at) => leafHash(leaf).equals(hashes.subarray(at * 32, at * 32 + 32))), 'each entry hashes to its place in the tile')
  const above = readFileSync(join(tiles, tilePath(1, 0, 2)))
  t.ok(above.subarray(32).equals(rootOf(leaves.slice(256, 512).map(leafHash))), 'a tile above holds the roots of whole tiles below')
  t.equal(files, 7)
  t.equal(exportTiles(folder, tiles).files, 0, 'what is there is not written again')
})

function rootOf (hashes: Buffer[]): Buffer {
  const pairs = hashes.filter((_, at) => at % 2 === 0).map((left, at) => nodeHash(left, hashes[2 * at + 1] ?? left))
  return pairs.length === 1 ? pairs[0] ?? Buffer.alloc(0) : rootOf(pairs)
}

t.test('an export that was altered is broken, with the place', async t => {
  const folder = auditFolder(t)
  const audit = await openAudit(t, folder)
  const [tiles, keys] = [temporaryFolder(t), keysOf(folder)]
  await Promise.all(Array.from({ length: 300 }, () => audit.append(decision({ decision: 'deny' }), patient)))
  await audit.append(outcome(await audit.append(decision(), patient)), patient)
  exportTiles(folder, tiles)
  const spoiled = (change: (copy: string) => void): ReturnType<typeof verifyLog> => {
    const copy = join(temporaryFolder(t), 'tiles')
    cpSync(tiles, copy, { recursive: true })
    change(copy)
    return verifyLog(copy, keys)
  }
  const replace = (file: string, from: string, to: string) => (copy: string) => {
    writeFileSync(join(copy, file), readFileSync(join(copy, file), 'latin1').replace(from, to), 'latin1')
  }
  const last = join('tile/entries', '001.p', '47')
  t.match(spoiled(() => {}), { result: 'INTACT-FILE', size: 303 })
  t.match(spoiled(replace('tile/entries/000', '"u-17"', '"u-18"')), { result: 'BROKEN', broken: { what: /does not cover/, where: 'checkpoint' } })
  t.match(spoiled(replace('tile/entries/000', '"v":1}', '"v":2}')), { result: 'BROKEN', broken: { what: /version/, where: 'tile/entries/000' } })
  t.match(spoiled(copy => { rmSync(join(copy, last)) }), { result: 'BROKEN', broken: { what: /missing/, where: last } })
  t.match(spoiled(copy => { rmSync(join(copy, 'tile/entries/000')) }), { result: 'BROKEN', broken: { what: /no record says that they were pruned/ } })
  t.match(spoiled(copy => { writeFileSync(join(copy, last), readFileSync(join(copy, last)).subarray(0, -1)) }), { result: 'BROKEN', broken: { what: /cut/, where: last } })
  t.match(spoiled(replace('checkpoint', '\n303\n', '\n302\n')), { result: 'BROKEN' })
})

t.test('what was pruned is exported as its hashes, and the rest verifies', async t => {
  const folder = auditFolder(t)
  const audit = await openAudit(t, folder)
  const [tiles, keys] = [temporaryFolder(t), keysOf(folder)]
  const large = { kind: 'system', event: 'policy_load', text: 'x'.repeat(8_000) } as const
  while (listSeals(folder).length < 1) await Promise.all(Array.from({ length: 64 }, () => audit.append(large, patient)))
  placeOrder(folder, { kind: 'prune', before_us: (Date.now() + 1000) * 1000, reason: 'a test' })
  await until(() => orderState(folder, 'prune').state === 'done', 'the prune')
  await Promise.all(Array.from({ length: 300 }, () => audit.append(decision({ decision: 'deny' }), patient)))
  const { pruned } = exportTiles(folder, tiles)
  t.ok(pruned > 256)
  t.equal(pruned, recordsOf(folder)[0]?.index)
  t.notOk(existsSync(join(tiles, 'tile/entries/000')))
  t.ok(readdirSync(join(tiles, 'tile/0')).length > 1)
  t.match(verifyLog(tiles, keys), { result: 'INTACT-FILE', root: verified(folder).root, pruned })
})

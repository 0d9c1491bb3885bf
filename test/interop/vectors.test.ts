/**
 * Published vectors: a log's key, records, proofs and heads, verified here by nothing but SHA-256 and Ed25519, so that whoever writes another
 * verifier can try it on them; and by our own, so that it still reads what it once wrote. make-vectors.ts made them.
 */
import { createHash, createHmac, createPublicKey, verify, type KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import t from 'tap'
import { checkEvidence } from '../../core/audit/verify/evidence.ts'
import { parseVerifier } from '../../core/audit/verify/note.ts'
import { packageFile } from '../../core/package.ts'
import type { Vectors } from './make-vectors.ts'

const vectors: Vectors = JSON.parse(readFileSync(packageFile('test/interop/vectors.json'), 'utf8'))

const sha256 = (...parts: Uint8Array[]): Buffer => createHash('sha256').update(Buffer.concat(parts)).digest()
const leafOf = (text: string): Buffer => sha256(Buffer.of(0), Buffer.from(text))
const nodeOf = (left: Buffer, right: Buffer): Buffer => sha256(Buffer.of(1), left, right)

/** The root of a tree by its definition (RFC 6962 2.1). */
function rootOf (leaves: readonly Buffer[]): Buffer {
  const [only] = leaves
  if (only === undefined) return sha256()
  if (leaves.length === 1) return only
  let split = 1
  while (split * 2 < leaves.length) split *= 2
  return nodeOf(rootOf(leaves.slice(0, split)), rootOf(leaves.slice(split)))
}

/** Name, key id and Ed25519 key of a verifier key: `name+id+base64(type, key)`. */
function keyOf (text: string): { name: string, id: Buffer, key: KeyObject } {
  const [, name = '', encoded = ''] = /^([^+]+)\+[0-9a-f]{8}\+(.+)$/.exec(text) ?? []
  const raw = Buffer.from(encoded, 'base64')
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: raw.subarray(1).toString('base64url') }, format: 'jwk' })
  return { name, id: sha256(Buffer.from(`${name}\n`), raw).subarray(0, 4), key }
}

/** What stands behind the key's id in its signature line of a note. */
function signatureIn (note: string, { name, id }: { name: string, id: Buffer }): Buffer {
  const line = note.split('\n').find(text => text.startsWith(`— ${name} `) && Buffer.from(text.split(' ')[2] ?? '', 'base64').subarray(0, 4).equals(id))
  return Buffer.from(line?.split(' ')[2] ?? '', 'base64').subarray(4)
}

const log = keyOf(vectors.verifier)
const textOf = (note: string): string => note.slice(0, note.indexOf('\n\n') + 1)

t.test('the head is signed by the log and covers its records', async t => {
  const text = textOf(vectors.checkpoint)
  const [origin, size, root] = text.split('\n')
  t.ok(verify(null, Buffer.from(text), log.key, signatureIn(vectors.checkpoint, log)))
  t.equal(origin, log.name)
  t.equal(Number(size), vectors.records.length)
  t.equal(root, rootOf(vectors.records.map(leafOf)).toString('base64'))
})

t.test('a witness cosigned it, with the time', async t => {
  const witness = keyOf(vectors.witness)
  const timed = signatureIn(vectors.checkpoint, witness)
  const signed = `cosignature/v1\ntime ${timed.readBigUInt64BE()}\n${textOf(vectors.checkpoint)}`
  t.ok(verify(null, Buffer.from(signed), witness.key, timed.subarray(8)))
})

t.test('each proof leads from its record to the signed root, and our own verifier says so too', async t => {
  for (const { record, proof } of vectors.evidence) {
    const [header, place = '', ...lines] = proof.slice(0, proof.indexOf('\n\n')).split('\n')
    const note = proof.slice(proof.indexOf('\n\n') + 2)
    const index = Number(place.replace('index ', ''))
    const leaves = vectors.records.map(leafOf).slice(0, Number(note.split('\n')[1]))
    t.equal(header, 'c2sp.org/tlog-proof@v1')
    t.equal(record, vectors.records[index])
    t.same(lines, pathOf(leaves, index).map(hash => hash.toString('base64')))
    t.ok(verify(null, Buffer.from(textOf(note)), log.key, signatureIn(note, log)))
    t.equal(checkEvidence({ record, proof }, [parseVerifier(vectors.verifier)]).record.index, index)
  }
})

/** The inclusion path by its definition (RFC 6962 2.1.1). */
function pathOf (leaves: readonly Buffer[], index: number): Buffer[] {
  if (leaves.length === 1) return []
  let split = 1
  while (split * 2 < leaves.length) split *= 2
  const [left, right] = [leaves.slice(0, split), leaves.slice(split)]
  return index < split ? [...pathOf(left, index), rootOf(right)] : [...pathOf(right, index - split), rootOf(left)]
}

t.test('the MAC of a body is over its parts, each behind its length', async t => {
  const { key, parts, mac } = vectors.mac
  const hmac = createHmac('sha256', Buffer.from(key, 'hex'))
  for (const part of parts) {
    const length = Buffer.alloc(8)
    length.writeBigUInt64BE(BigInt(Buffer.byteLength(part)))
    hmac.update(length).update(part)
  }
  const id = sha256(Buffer.from(key, 'hex')).toString('hex').slice(0, 8)
  t.equal(mac, `hmac-sha256:${id}:${hmac.digest('hex')}`)
})

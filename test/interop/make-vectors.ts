/** Makes vectors.json anew, with new keys: node dist/test/interop/make-vectors.js > test/interop/vectors.json */
import { createHash, createSecretKey, randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { canonicalize } from '../../core/audit/canonical.ts'
import { proveDecision } from '../../core/audit/evidence.ts'
import { openLogKey } from '../../core/audit/keys.ts'
import { openForWriting } from '../../core/audit/recover.ts'
import { records } from '../../core/audit/show.ts'
import { readLog } from '../../core/audit/verify/reader.ts'
import { openCosigner } from '../../core/audit/witness/cosigner.ts'
import { macOf } from '../../core/enforce/mac.ts'
import { decision } from '../core/audit/parts.ts'

export interface Vectors {
  /** Verifier keys of the log and of a witness. */
  readonly verifier: string
  readonly witness: string
  /** The head over all records, signed by the log and cosigned. */
  readonly checkpoint: string
  /** Every leaf, in order. */
  readonly records: readonly string[]
  /** What `audit prove` prints of some of them. */
  readonly evidence: ReadonlyArray<{ readonly record: string, readonly proof: string }>
  /** Of a body in parts; the key in hex. */
  readonly mac: { readonly key: string, readonly parts: readonly string[], readonly mac: string }
}

function make (folder: string): Vectors {
  const decisions = Array.from({ length: 11 }, () => decision({ decision: 'deny' }))
  const { ledger } = openForWriting(folder, openLogKey(folder), { boot: 'vectors' })
  for (const [index, body] of decisions.entries()) {
    ledger.add(index + 1, Buffer.from(canonicalize(body)))
    if (index % 3 === 2 || index === decisions.length - 1) ledger.commit()
  }
  const frames = [...readLog(folder)].filter(piece => piece.kind === 'frame')
  const head = frames.at(-1)?.note ?? ''
  const cosigner = openCosigner('witness.example/w1', join(folder, 'witness.key'))
  const secret = randomBytes(32)
  const parts = ['{"model":', ',"messages":[{"role":"user","content":"Grüße"}]}']
  return {
    verifier: readFileSync(join(folder, 'verifier.key'), 'utf8').trim(),
    witness: cosigner.verifier,
    checkpoint: head + cosigner.cosign(head),
    records: [...records(folder)].map(({ text }) => text),
    evidence: decisions.filter((_, index) => index % 4 === 0).map(({ id }) => proveDecision(folder, id) ?? { record: '', proof: '' }),
    mac: { key: secret.toString('hex'), parts, mac: macOf({ id: createHash('sha256').update(secret).digest('hex').slice(0, 8), secret: createSecretKey(secret) }, parts.map(part => Buffer.from(part))).mac }
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const folder = mkdtempSync(join(tmpdir(), 'vectors-'))
  try {
    process.stdout.write(`${JSON.stringify(make(folder), null, 2)}\n`)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** A log with everything that others should be able to verify, and the files that they are given. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { exportTiles } from '../../core/audit/export.ts'
import { proveDecision } from '../../core/audit/evidence.ts'
import { parseVerifier } from '../../core/audit/verify/note.ts'
import { openCosigner } from '../../core/audit/witness/cosigner.ts'
import { Follower, segmentsSource } from '../../core/audit/witness/follow.ts'
import { Witness } from '../../core/audit/witness/witness.ts'
import { temporaryFolder, type Teardown } from '../helpers/folder.ts'
import { auditFolder, decision, openAudit, outcome, patient } from '../core/audit/parts.ts'

export interface Handout { readonly key: string, readonly tiles: string, readonly evidence: string, readonly witness: string, readonly cosigned: string, readonly size: number }

/** @param pairs decisions with their outcomes */
export async function handOut (t: Teardown, pairs: number, proofs: number): Promise<Handout> {
  const folder = auditFolder(t)
  const audit = await openAudit(t, folder)
  const receipts = await Promise.all(Array.from({ length: pairs }, () => audit.append(decision(), patient)))
  await Promise.all(receipts.map(receipt => audit.append(outcome(receipt), patient)))
  await audit.close()
  const target = temporaryFolder(t)
  const [tiles, evidence, witnessKey] = ['tiles', 'evidence', 'witness.key'].map(name => join(target, name)) as [string, string, string]
  const { size } = exportTiles(folder, tiles)
  const chosen = receipts.filter((_, index) => index % Math.ceil(pairs / proofs) === 0)
  writeFileSync(evidence, chosen.map(({ decisionId }) => JSON.stringify(proveDecision(folder, decisionId))).join('\n'))
  const key = join(folder, 'verifier.key')
  const verifier = parseVerifier(readFileSync(key, 'utf8'))
  const cosigner = openCosigner('witness.example/w1', join(target, 'private'))
  writeFileSync(witnessKey, `${cosigner.verifier}\n`)
  const witness = new Witness(cosigner, join(target, 'heads'), [verifier])
  await new Follower(witness, segmentsSource(folder, [verifier]), verifier.origin).look()
  return { key, tiles, evidence, witness: witnessKey, cosigned: witness.headFile(verifier.origin), size }
}

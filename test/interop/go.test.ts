/**
 * A Go program verifies our log: notes by golang.org/x/mod, the tree by transparency-dev/merkle (go/main.go). It runs where Go is at hand and
 * these modules were downloaded (`go mod download` in test/interop/go); nothing is fetched here.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { packageFile } from '../../core/package.ts'
import { temporaryFolder } from '../helpers/folder.ts'
import { handOut } from './parts.ts'

const program = join(temporaryFolder(t), 'interop')
const built = spawnSync('go', ['build', '-o', program], { cwd: packageFile('test/interop/go'), env: { ...process.env, GOPROXY: 'off', GOFLAGS: '-mod=readonly -buildvcs=false' }, encoding: 'utf8' })
const isAtHand = built.status === 0

t.test(isAtHand ? 'notes, tiles, proofs and cosignatures stand before libraries that are not ours, and altered ones do not' : 'Go, or its modules, are not at hand: nothing was verified by it', { timeout: 120_000 }, async t => {
  if (!isAtHand) return
  const { key, tiles, evidence, witness, cosigned, size } = await handOut(t, 400, 20)
  const verify = (folder: string, proofs = evidence): ReturnType<typeof spawnSync> => spawnSync(program, [key, folder, proofs, witness, cosigned], { encoding: 'utf8' })
  t.match(verify(tiles), { status: 0, stdout: `${size} records, 20 proofs, cosigned by witness.example/w1\n` })
  const spoiled = join(temporaryFolder(t), 'tiles')
  cpSync(tiles, spoiled, { recursive: true })
  const bundle = join(spoiled, 'tile/entries/001')
  writeFileSync(bundle, readFileSync(bundle, 'latin1').replace('"u-17"', '"u-18"'), 'latin1')
  t.match(verify(spoiled), { status: 1, stderr: /is not that of its tile/ })
  const forged = join(temporaryFolder(t), 'evidence')
  writeFileSync(forged, readFileSync(evidence, 'utf8').replace('u-17', 'u-18'))
  t.match(verify(tiles, forged), { status: 1 })
})

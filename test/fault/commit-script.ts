/**
 * A writer's desk that commits so many records one after another, and says so on standard output, one line each, before it goes on: run
 * under strace, which makes its system calls fail.
 *
 *   node commit-script.js FOLDER COUNT
 */
import { writeSync } from 'node:fs'
import { canonicalize } from '../../core/audit/canonical.ts'
import { Desk } from '../../core/audit/desk.ts'
import { defaultSettings } from '../../core/audit/settings.ts'
import type { FromWriter } from '../../core/audit/wire.ts'

const [folder = '', count = '300'] = process.argv.slice(2)
const standardOutput = 1

function send (message: FromWriter): void {
  if (message.type === 'receipts') for (const [tag, index, hash] of message.entries) writeSync(standardOutput, `acknowledged ${tag} ${index} ${hash}\n`)
}

function fail (thrown: unknown): never {
  writeSync(standardOutput, `failed ${thrown instanceof Error ? thrown.message : String(thrown)}\n`)
  process.exit(70)
}

const desk = await Desk.open({ type: 'hello', folder, boot: 'b', claims: [], lastNote: null, settings: { ...defaultSettings, allowUnsafeFilesystem: true, freeSpaceBytes: 1 } }, { send, answer: () => {}, fail }).catch(fail)
for (let tag = 1; tag <= Number(count); tag++) {
  desk.take(tag, Buffer.from(canonicalize({ event: 'policy_load', kind: 'system', number: tag })))
  desk.flush()
}
desk.close()

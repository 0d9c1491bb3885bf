/** A process that appends to the folder it is given until that fails, and tells how many appends were acknowledged. */
import { startAuditLog } from '../../../core/audit/client.ts'
import { patient, quiet } from './parts.ts'

const audit = await startAuditLog({ folder: process.argv[2] ?? '', log: quiet, allowUnsafeFilesystem: true, freeSpaceBytes: 1024 })
let acknowledged = 0
let code = ''
while (code === '' && acknowledged < 1000) {
  await audit.append({ kind: 'system', event: 'policy_load', text: 'x'.repeat(32_000) }, patient).then(() => { acknowledged++ }, (error: { code: string }) => { code = error.code })
}
const ready = audit.ready()
await audit.close()
process.stdout.write(JSON.stringify({ acknowledged, code, ready }))

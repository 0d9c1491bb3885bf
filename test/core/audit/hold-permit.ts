/** A process that records one permit in the folder it is given, says so, and waits to be killed. */
import { startAuditLog } from '../../../core/audit/client.ts'
import { decision, patient, quiet } from './parts.ts'

const audit = await startAuditLog({ folder: process.argv[2] ?? '', log: quiet, allowUnsafeFilesystem: true, freeSpaceBytes: 1024 })
const { decisionId } = await audit.append(decision(), patient)
process.stdout.write(`${decisionId}\n`)

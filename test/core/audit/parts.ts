/** What tests of the audit log start from: bodies, a log with its writer process, and what became of it on disk. */
import { randomUUID } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { pino } from 'pino'
import type { Test } from 'tap'
import { startAuditLog, type AuditLog, type AuditLogOptions } from '../../../core/audit/client.ts'
import { parseVerifier, type VerifierKey } from '../../../core/audit/verify/note.ts'
import type { DecisionBody, OutcomeBody, RecordEnvelope } from '../../../core/audit/record.ts'
import type { Receipt } from '../../../core/audit/receipt.ts'
import { records } from '../../../core/audit/show.ts'
import { verifyLog, type Verification } from '../../../core/audit/verify/verify.ts'
import { temporaryFolder, type Teardown } from '../../helpers/folder.ts'

export const quiet = pino({ level: 'silent' })

export const patient = { deadlineMs: 30_000 }

export function decision (changes: Partial<DecisionBody> = {}): DecisionBody {
  return {
    kind: 'decision',
    id: randomUUID(),
    request: { route: '/v1/chat/completions', protocol: 'openai.chat', method: 'POST', model: 'gpt-4o', bytes: 812, trace: null },
    principal: { type: 'user', issuer: 'https://idp.example', subject: 'u-17', tenant: 'acme', roles: ['clinician'], role: 'clinician', groups: [], method: 'jwt', actors: [], confirmation: null },
    classification: { tag: 'restricted', labels: { 'phi.medical_record_number': 2 }, complete: true, taxonomy: 'sha256:aa', detectors: 'sha256:bb', external: [] },
    policy: { version: 'r1@sha256:abcdefabcdef', digest: 'sha256:cc', input_digest: 'sha256:dd' },
    input: { v: 1 },
    replayable: true,
    pipeline: 'sha256:ee',
    configuration: 'sha256:ff',
    decision: 'permit',
    reasons: ['clinicians'],
    endpoints: ['azure-eu'],
    obligations: [],
    redactions: [],
    received: { mac: 'hmac-sha256:01234567:aa', bytes: 812 },
    dispatched: { mac: 'hmac-sha256:01234567:bb', bytes: 800 },
    skipped: [],
    ...changes
  }
}

export function outcome (receipt: Receipt, changes: Partial<OutcomeBody> = {}): OutcomeBody {
  return {
    kind: 'outcome',
    decision_id: receipt.decisionId,
    decision_index: receipt.index,
    decision_hash: receipt.leafHash,
    endpoint: 'azure-eu',
    attempts: [{ endpoint: 'azure-eu', model: 'gpt-4o', mac: 'hmac-sha256:01234567:bb', bytes: 800, status: 200, error: null, milliseconds: 12, reason: 'primary' }],
    status: 200,
    usage: { input_tokens: 10, output_tokens: 3, estimated: false },
    response: null,
    skipped: [],
    end: 'ok',
    ...changes
  }
}

/** A fresh audit folder, on the disk of the checkout. */
export function auditFolder (t: Teardown): string {
  return join(temporaryFolder(t), 'audit')
}

/** Starts a log; it ends with the test. */
export async function openAudit (t: Teardown, folder: string, options: Partial<AuditLogOptions> = {}): Promise<AuditLog> {
  const audit = await startAuditLog({ folder, log: quiet, allowUnsafeFilesystem: true, freeSpaceBytes: 1024, ...options })
  t.teardown(async () => { await audit.close() })
  return audit
}

export function keysOf (folder: string): VerifierKey[] {
  return [parseVerifier(readFileSync(join(folder, 'verifier.key'), 'utf8'))]
}

export function verified (folder: string): Verification {
  return verifyLog(folder, keysOf(folder))
}

export function recordsOf (folder: string): RecordEnvelope[] {
  return [...records(folder)].map(({ record }) => record)
}

/** The events of the system records, in order. */
export function eventsOf (folder: string): string[] {
  return recordsOf(folder).flatMap(({ body }) => body.kind === 'system' ? [body.event] : [])
}

/** How each decision ended, by its id. */
export function endsOf (folder: string): Map<string, string> {
  return new Map(recordsOf(folder).flatMap(({ body }) => body.kind === 'outcome' ? [[body.decision_id, body.end] as const] : []))
}

/** Ids of the writer processes that a process started. */
export function writersOf (parent = process.pid): number[] {
  return readdirSync('/proc').filter(name => /^\d+$/.test(name)).map(Number).filter(pid => isWriterOf(pid, parent))
}

function isWriterOf (pid: number, parent: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const [, ppid] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return Number(ppid) === parent && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('core/audit/writer')
  } catch {
    return false
  }
}

/** Waits until something holds, or throws after ten seconds. */
export async function until (holds: () => boolean, what: string): Promise<void> {
  for (const deadline = Date.now() + 10_000; !holds();) {
    if (Date.now() > deadline) throw new Error(`waited in vain: ${what}`)
    await new Promise(resolve => setTimeout(resolve, 5))
  }
}

/** Asserts that a property holds for all that fast-check thinks of. */
export function holds<T> (t: Test, property: fc.IProperty<T>, parameters: fc.Parameters<T> = {}): void {
  const details = fc.check(property, parameters)
  t.equal(details.failed, false, fc.defaultReportMessage(details) ?? 'the property holds')
}

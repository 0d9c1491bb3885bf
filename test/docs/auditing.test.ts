/** Every command of the auditors' page is run as it stands there, in order, beside a log as an auditor gets it. */
import { spawnSync } from 'node:child_process'
import { cpSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { packageFile } from '../../core/package.ts'
import { mainFile } from '../helpers/command.ts'
import { temporaryFolder } from '../helpers/folder.ts'
import { decision, openAudit, outcome, patient } from '../core/audit/parts.ts'

t.test('the commands of docs/auditing.md do what they say', { timeout: 120_000 }, async t => {
  const scratch = temporaryFolder(t)
  const log = join(temporaryFolder(t), 'audit')
  const audit = await openAudit(t, log)
  const receipt = await audit.append(decision(), patient)
  await audit.append(outcome(receipt), patient)
  await audit.close()
  cpSync(log, join(scratch, 'audit'), { recursive: true })
  rmSync(join(scratch, 'audit/keys'), { recursive: true })
  cpSync(join(log, 'verifier.key'), join(scratch, 'log.key'))
  const blocks = [...readFileSync(packageFile('docs/auditing.md'), 'utf8').matchAll(/^```sh\n(.*?)^```/gms)]
  const lines = blocks.flatMap(([, block = '']) => block.split('\n').filter(line => line !== ''))
  t.ok(lines.length >= 8, `${lines.length} commands`)
  for (const line of lines) {
    const script = `sallyport () { '${process.execPath}' '${mainFile}' "$@"; }; ${line}`
    const { status, stderr } = spawnSync('bash', ['-c', script], { cwd: scratch, env: { ...process.env, ID: receipt.decisionId }, encoding: 'utf8' })
    t.equal(status, 0, `${line}\n${stderr}`)
  }
})

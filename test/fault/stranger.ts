/**
 * A process that tries, as whoever it is started as, everything by which it could read, forge, add to or stop an audit log; tells which
 * attempts were allowed, as JSON.
 *
 *   node stranger.js FOLDER WRITER_PID
 */
import { appendFileSync, linkSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const [folder = '', writer = '0'] = process.argv.slice(2)
const pid = Number(writer)

const attempts: Readonly<Record<string, () => unknown>> = {
  'list the folder': () => readdirSync(folder),
  'list the records': () => readdirSync(join(folder, 'records')),
  'read records': () => readFileSync(join(folder, 'records/00000000.seg')),
  'write records': () => openSync(join(folder, 'records/00000000.seg'), 'r+'),
  'append to records': () => { appendFileSync(join(folder, 'records/00000000.seg'), 'x') },
  'remove records': () => { rmSync(join(folder, 'records/00000000.seg')) },
  'replace the folder': () => { renameSync(folder, `${folder}.away`) },
  'read the key': () => readFileSync(join(folder, 'keys/log.key')),
  'replace the key': () => { writeFileSync(join(folder, 'keys/log.key'), 'x') },
  'link the key': () => { linkSync(join(folder, 'keys/log.key'), `/tmp/stolen-${process.pid}`) },
  'order a prune': () => { writeFileSync(join(folder, 'orders/prune.json'), '{}') },
  'make a folder of orders': () => mkdirSync(join(folder, 'orders')),
  'replace the head': () => { writeFileSync(join(folder, 'head'), 'x') },
  'read the lock\'s name': () => readFileSync(join(folder, 'lock.name')),
  'stop the writer': () => process.kill(pid, 'SIGSTOP'),
  'kill the writer': () => process.kill(pid, 'SIGTERM'),
  'read the writer\'s memory': () => openSync(`/proc/${pid}/mem`, 'r'),
  'take the writer\'s descriptors': () => readdirSync(`/proc/${pid}/fd`),
  'open the writer\'s socket': () => openSync(`/proc/${pid}/fd/3`, 'r+'),
  'read the writer\'s environment': () => readFileSync(`/proc/${pid}/environ`)
}

function isAllowed (attempt: () => unknown): boolean {
  try {
    attempt()
    return true
  } catch {
    return false
  }
}

process.stdout.write(JSON.stringify({ tried: Object.keys(attempts).length, allowed: Object.keys(attempts).filter(name => isAllowed(attempts[name] ?? (() => {}))) }))

import { existsSync, mkdtempSync, rmSync, statfsSync } from 'node:fs'
import t from 'tap'
import { filesystemFault, keepsNoOrder, upperFolder } from '../../../core/audit/filesystem.ts'
import { startAuditLog } from '../../../core/audit/client.ts'
import type { Teardown } from '../../helpers/folder.ts'
import { eventsOf, quiet, recordsOf } from './parts.ts'

const shared = '/dev/shm'
const hasMemory = existsSync(shared) && statfsSync(shared).type === 0x01021994

t.test('the upper layer of the nearest overlay is found in the mounts', async t => {
  const mounts = [
    '22 1 0:20 / / rw - overlay overlay rw,lowerdir=/l,upperdir=/run/up\\040per,workdir=/w',
    '30 22 0:30 / /var rw shared:1 - ext4 /dev/sda rw',
    '31 22 0:31 / /vari rw - overlay overlay rw,upperdir=/other',
    ''
  ].join('\n')
  t.equal(upperFolder(mounts, '/srv/audit'), '/run/up per')
  t.equal(upperFolder(mounts, '/var/audit'), null)
  t.equal(upperFolder(mounts, '/vari/audit'), '/other')
  t.equal(upperFolder('', '/srv'), null)
})

if (hasMemory) {
  const memoryFolder = (t: Teardown): string => {
    const folder = mkdtempSync(`${shared}/audit-`)
    t.teardown(() => { rmSync(folder, { recursive: true, force: true }) })
    return folder
  }

  t.test('a filesystem in memory keeps no write', async t => {
    t.match(filesystemFault(memoryFolder(t)), /in memory/)
  })

  t.test('a log in memory is refused, with the reason', async t => {
    await t.rejects(startAuditLog({ folder: memoryFolder(t), log: quiet, allowUnsafeFilesystem: false }), /promises nothing/)
  })

  t.test('a log in memory that is allowed by name says so in its first record', async t => {
    const folder = memoryFolder(t)
    const audit = await startAuditLog({ folder, log: quiet, allowUnsafeFilesystem: true, freeSpaceBytes: 1024 })
    t.ok(audit.unsafeFilesystem)
    await audit.close()
    t.same(eventsOf(folder), ['start', 'stop'])
    t.match(recordsOf(folder)[0], { body: { synchronous: false } })
  })
}

t.test('a mount without barriers keeps no order of writes', async t => {
  const mounts = '22 1 8:1 / / rw - ext4 /dev/sda rw\n30 22 8:2 / /var rw - ext4 /dev/sdb rw,nobarrier,data=ordered\n31 22 8:3 / /srv rw - ext4 /dev/sdc rw,barrier=0\n'
  t.notOk(keepsNoOrder(mounts, '/home/audit'))
  t.ok(keepsNoOrder(mounts, '/var/audit'))
  t.ok(keepsNoOrder(mounts, '/srv/audit'))
})

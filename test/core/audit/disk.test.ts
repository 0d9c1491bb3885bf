import { closeSync, readFileSync, readdirSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { Disk, writeWhole } from '../../../core/audit/disk.ts'
import { temporaryFolder } from '../../helpers/folder.ts'

t.test('what is written through the disk is read through it, and by anyone else', async t => {
  const folder = temporaryFolder(t)
  const disk = Disk.open(folder)
  const file = join(folder, 'file')
  writeFileSync(file, Buffer.alloc(64 * 1024))
  const fd = disk.openSynchronous(file)
  for (const [at, bytes] of [[0, 4096], [8192, 16 * 1024], [4096, 4096]] as const) {
    const memory = disk.memory(bytes)
    memory.fill(1 + at / 4096)
    writeWhole(fd, memory, at)
    t.same(disk.read(file), readFileSync(file), `at ${at}`)
  }
  closeSync(fd)
  disk.close()
  t.same(readdirSync(folder), ['file'], 'nothing is left of the trial')
})

t.test('a file that ends within a block is read to its end', async t => {
  const folder = temporaryFolder(t)
  const disk = Disk.open(folder)
  const file = join(folder, 'file')
  for (const bytes of [0, 1, 4095, 4097, 1024 * 1024 + 100]) {
    writeFileSync(file, Buffer.alloc(bytes, 7))
    t.equal(disk.read(file).length, bytes)
  }
  truncateSync(file, 5000)
  t.same(disk.read(file), Buffer.alloc(5000, 7))
  disk.close()
})

t.test('memory of any size suits the disk', async t => {
  const folder = temporaryFolder(t)
  const disk = Disk.open(folder)
  const file = join(folder, 'file')
  writeFileSync(file, '')
  const fd = disk.openSynchronous(file)
  for (const blocks of [1, 3, 64, 300]) t.doesNotThrow(() => { writeWhole(fd, disk.memory(blocks * 4096), 0) })
  closeSync(fd)
  disk.close()
})

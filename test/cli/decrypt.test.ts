import t from 'tap'
import { join } from 'node:path'
import { encryptValue, openRedactionKey } from '../../core/enforce/encryption.ts'
import { run } from '../helpers/command.ts'
import { temporaryFolder } from '../helpers/folder.ts'

t.test('who holds the key reads a text again; others cannot', async t => {
  const folder = temporaryFolder(t)
  const key = openRedactionKey(join(folder, 'keys'))
  openRedactionKey(join(folder, 'other'))
  const input = `write to ${encryptValue(key, 'pii.email_address', 'jane@example.com')}\n`
  t.match(await run(['decrypt', '--key', join(folder, 'keys'), '-'], { input }), { code: 0, stdout: 'write to jane@example.com\n', stderr: /^1 read, 0 not/ })
  t.match(await run(['decrypt', '--key', join(folder, 'other', 'redaction.key'), '-'], { input }), { code: 1, stdout: input, stderr: /^0 read, 1 not/ })
})

t.test('a key that is not there, and a file that is not, are usage errors', async t => {
  const folder = temporaryFolder(t)
  t.match(await run(['decrypt', '--key', join(folder, 'absent'), '-']), { code: 2, stderr: /no redaction key/ })
  openRedactionKey(folder)
  t.match(await run(['decrypt', '--key', folder, join(folder, 'absent.txt')]), { code: 2, stderr: /absent\.txt/ })
})

/** The systemd unit: checked by systemd's own tools where they are, and by what the gateway needs of it. */
import t from 'tap'
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { durationMs } from '../../core/config/duration.ts'
import { packageFile } from '../../core/package.ts'
import { temporaryFolder } from '../helpers/folder.ts'

const text = readFileSync(packageFile('deploy/sallyport.service'), 'utf8')
const valueOf = (key: string): string | null => new RegExp(`^${key}=(.*)$`, 'm').exec(text)?.[1] ?? null

t.test('it runs as a user of its own that may write its data and nothing else', async t => {
  const [, user] = /^u (\S+) /m.exec(readFileSync(packageFile('deploy/sallyport.sysusers'), 'utf8')) ?? []
  t.equal(valueOf('User'), user)
  t.equal(valueOf('ProtectSystem'), 'strict')
  t.equal(valueOf('StateDirectory'), 'sallyport')
  t.equal(valueOf('StateDirectoryMode'), '0700')
  t.equal(valueOf('CapabilityBoundingSet'), '')
  t.equal(valueOf('ReadWritePaths'), null)
})

t.test('it lets the gateway drain: one process is told, and has longer than any answer may take', async t => {
  t.equal(valueOf('KillMode'), 'mixed')
  const [, minutes] = /^(\d+)min$/.exec(valueOf('TimeoutStopSec') ?? '') ?? []
  const total = /`endpoints\.<name>\.timeout\.total` \| text \| `(\w+)`/.exec(readFileSync(packageFile('docs/configuration.md'), 'utf8'))?.[1] ?? ''
  t.ok(Number(minutes) * 60_000 > durationMs(total), `${minutes} minutes beside ${total}`)
  t.match(valueOf('ExecReload'), '-HUP $MAINPID')
  t.match(valueOf('RestartPreventExitStatus')?.split(' '), ['2', '78'], 'what is refused once is refused again')
})

t.test('it starts the program that the container file starts too', async t => {
  t.match(valueOf('ExecStart'), '/opt/sallyport/dist/core/main.js start --config /etc/sallyport/sallyport.yaml')
  t.match(readFileSync(packageFile('deploy/Containerfile'), 'utf8'), 'ENTRYPOINT ["node", "/opt/sallyport/dist/core/main.js"]')
})

if (spawnSync('systemd-analyze', ['--version']).status === 0) {
  t.test('systemd-analyze accepts it, and rates its exposure as low', async t => {
    const file = join(temporaryFolder(t), 'sallyport.service')
    writeFileSync(file, text.replace('/usr/bin/node', process.execPath))
    const verified = spawnSync('systemd-analyze', ['verify', '--man=no', file], { encoding: 'utf8' })
    t.match(verified, { status: 0, stderr: '' })
    const rated = spawnSync('systemd-analyze', ['security', '--offline=true', '--threshold=20', file], { encoding: 'utf8' }) // tenths: 2.0 of 10
    t.equal(rated.status, 0, rated.stdout)
  })
}

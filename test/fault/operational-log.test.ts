/** The operational log and the audit log do not touch each other: a full disk, a blocked reader or none at all delay no commit. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import t from 'tap'
import { records } from '../../core/audit/show.ts'
import { packageFile } from '../../core/package.ts'
import { chat, ready, startChild, verify } from '../helpers/gateway.ts'
import { writeConfiguration } from '../helpers/configuration.ts'
import { temporaryFolder, type Teardown } from '../helpers/folder.ts'
import { createIssuer } from '../helpers/issuer.ts'
import { chatty, startUpstream } from '../helpers/upstream.ts'

/** What they log is more than a pipe holds, 64 KiB. */
const requests = 120
const lanes = 8

interface Ready { readonly configuration: string, readonly data: string, readonly token: string }

async function prepare (t: Teardown, file: string | null): Promise<Ready> {
  const issuer = await createIssuer()
  const upstream = await startUpstream(t, chatty())
  const folder = temporaryFolder(t)
  const log = { level: 'trace', ...(file === null ? {} : { file }) }
  return { configuration: writeConfiguration(folder, { endpoints: { main: upstream }, issuer, extra: { log } }), data: join(folder, 'data'), token: await issuer.sign() }
}

async function statusesOf (gateway: { readonly address: string }, token: string): Promise<Set<number>> {
  const statuses = new Set<number>()
  await Promise.all(Array.from({ length: lanes }, async () => {
    for (let count = 0; count < requests / lanes; count++) {
      const answer = await chat(gateway, `turn ${count}`, { token })
      await answer.text()
      statuses.add(answer.status)
    }
  }))
  return statuses
}

t.test('an operational log on a full disk: every request is served and recorded', async t => {
  const { configuration, data, token } = await prepare(t, '/dev/full')
  const gateway = await startChild(t, configuration)
  t.same([...await statusesOf(gateway, token)], [200])
  await gateway.close()
  t.match(await verify(configuration, data), { code: 0, open: [], violations: [], broken: null })
})

t.test('an operational log that nobody reads: the pipe is full, every request is served and recorded', async t => {
  const { configuration, data, token } = await prepare(t, null)
  const child = spawn(process.execPath, [packageFile('dist/core/main.js'), 'start', '--config', configuration], { stdio: ['ignore', 'pipe', 'pipe'] })
  t.teardown(() => { child.kill('SIGKILL') })
  child.stdout.pause()
  let banner = ''
  for await (const chunk of child.stderr as AsyncIterable<Buffer>) {
    banner += chunk.toString()
    if (/admin \S+\n/.test(banner)) break
  }
  const [, address = '', adminAddress = ''] = /listens on (\S+), admin (\S+)/.exec(banner) ?? []
  await ready(adminAddress)
  t.same([...await statusesOf({ address }, token)], [200])
  child.kill('SIGKILL')
  await once(child, 'exit')
  t.equal([...records(join(data, 'audit'))].filter(({ record }) => record.body.kind === 'outcome').length, requests)
})

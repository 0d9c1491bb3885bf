import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { run, type CommandResult } from '../helpers/command.ts'
import { defaultPolicy } from '../helpers/configuration.ts'
import { temporaryFolder, writeFiles } from '../helpers/folder.ts'
import { chat } from '../helpers/gateway.ts'
import { openScene } from '../helpers/scene.ts'

const reason = 'package gateway.policy.reason\n\noblige contains {"id": "why", "type": "require_reason"} if input.request.token_estimate > 300\n'

t.test('policy replay tells what a candidate would have decided over recorded decisions', async t => {
  const scene = await openScene(t, { policy: { 'test.rego': defaultPolicy, 'reason.rego': reason }, extra: { reasons: ['support'] } })
  const log = join(scene.data, 'audit')
  const say = async (text: string, token: string | undefined = scene.token): Promise<number> => (await chat(scene.gateway, text, token === '' ? {} : { token })).status
  t.same([await say('hi'), await say('mail jane@corp.example'), await say('AKIAQ3EGRZ7VXLPWN2DC'), await say('long '.repeat(400)), await say('hi', '')], [200, 200, 403, 403, 401])

  const replay = async (files: Readonly<Record<string, string>>, ...words: string[]): Promise<CommandResult> => {
    const folder = temporaryFolder(t)
    writeFiles(folder, files)
    return await run(['policy', 'replay', '--audit', log, '--policy', folder, '--config', scene.configuration, ...words])
  }
  await t.test('the same rules decide the same; what cannot be replayed is counted, with why', async t => {
    const { code, stdout } = await replay({ 'test.rego': defaultPolicy, 'reason.rego': reason })
    t.match(stdout, /^candidate +dir@sha256:[0-9a-f]{12}$/m)
    t.match(stdout, /^decisions +3$/m)
    t.match(stdout, /^same +3$/m)
    t.match(stdout, /^not replayed: denied by the gateway after policy had decided \(policy\.reason_required\) +1$/m)
    t.match(stdout, /^not replayed: denied before policy decided \(identity\.\w+\) +1$/m)
    t.equal(code, 0)
  })
  const candidate = `${defaultPolicy.replace('"secret."', '"nothing."')}
forbid contains {"code": "no_mail"} if input.classification.labels["pii.email_address"]

oblige contains {"id": "m", "type": "mark", "generated": true}
`
  await t.test('each kind of difference is told with what changed', async t => {
    const { code, stdout } = await replay({ 'test.rego': candidate })
    t.match(stdout, /^looser +[0-9a-f-]{36} {2}deny -> permit {2}\[secret_found\] -> \[everyone\] {2}- -> main /m)
    t.match(stdout, /^stricter .* redact -> deny {2}\[everyone\] -> \[no_mail\] {2}main -> -/m)
    t.match(stdout, /^obligations +[0-9a-f-]{36} {2}\[\] -> .*"mark"/m)
    t.match(stdout, /^same +0$/m)
    t.equal(code, 1)
  })
  await t.test('a candidate without a decision is an error; --json is a line for each that differs, and the counts', async t => {
    const computed = 'permit contains {"id": input.request.message_count, "endpoints": ["main"]} if input.classification.labels["pii.email_address"]'
    const { code, stdout } = await replay({ 'test.rego': `${defaultPolicy.replace('"secret."', '"nothing."')}\n${computed}\n` }, '--json')
    const lines = stdout.trimEnd().split('\n').map(line => JSON.parse(line) as { readonly difference?: string })
    t.match(lines.find(({ difference }) => difference === 'looser'), { recorded: { effect: 'deny', reasons: ['secret_found'] }, candidate: { effect: 'permit', endpoints: ['main'] } })
    t.match(lines.find(({ difference }) => difference === 'error'), { recorded: { effect: 'redact' }, candidate: null })
    t.match(lines.at(-1), { policy: /^dir@/, decisions: 3, counts: { same: 1, looser: 1, stricter: 0, endpoints: 0, obligations: 0, error: 1 }, not_replayed: {} })
    t.equal(lines.length, 3)
    t.equal(code, 1)
  })
  await t.test('a bundle is a candidate too; one that has faults is none', async t => {
    const bundle = join(dirname(scene.configuration), 'candidate.tar.gz')
    t.equal((await run(['policy', 'build', join(dirname(scene.configuration), 'policy'), '--config', scene.configuration, '--output', bundle])).code, 0)
    const words = ['policy', 'replay', '--audit', log, '--config', scene.configuration, '--policy']
    t.match(await run([...words, bundle]), { code: 0, stdout: /^same +3$/m })
    writeFileSync(bundle, 'no bundle')
    t.match(await run([...words, bundle]), { code: 1, stdout: '', stderr: /candidate\.tar\.gz: / })
    t.match(await replay({ 'test.rego': 'package gateway.policy.test\n\nforbid\n' }), { code: 1, stdout: /test\.rego:3:1: / })
    t.equal((await run([...words, join(log, 'nowhere')])).code, 2)
    t.equal((await run(['policy', 'replay', '--audit', temporaryFolder(t), '--policy', bundle])).code, 2)
  })
})

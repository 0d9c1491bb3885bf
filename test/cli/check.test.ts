import t from 'tap'
import { join } from 'node:path'
import { packageFile } from '../../core/package.ts'
import { run } from '../helpers/command.ts'

const folder = packageFile('examples')

t.test('an accepted configuration is shown with its proof, and exit code 0', async t => {
  const { code, stdout } = await run(['check', '--config', join(folder, 'generic-api/sallyport.yaml')])
  t.equal(code, 0)
  t.match(stdout, /is accepted/)
  t.match(stdout, /policy\.rego .*classification<classify\.patterns/)
  t.match(stdout, /sha256:[0-9a-f]{64}/)
})

t.test('a refused one lists its faults with place, code and fix, and exits 78', async t => {
  const { code, stdout } = await run(['check', '--config', join(folder, 'refused/route-before-audit.yaml')])
  t.equal(code, 78)
  t.match(stdout, /route-before-audit\.yaml:\d+:\d+: GW_PIPELINE_READ_BEFORE_PROVIDED: route\.models reads receipt/)
  t.match(stdout, /fix: put route\.models after audit\.commit/)
})

t.test('--json is what programs read', async t => {
  const refused = await run(['check', '--json', '--config', join(folder, 'refused/no-response.yaml')])
  t.equal(refused.code, 78)
  t.match(JSON.parse(refused.stdout), { accepted: false, faults: [{ code: 'GW_PIPELINE_INCOMPLETE', file: /no-response\.yaml$/, line: Number, column: Number, message: String, fix: String }], pipelines: {} })
  const accepted = await run(['check', '--json', '--config', join(folder, 'generic-api/sallyport.yaml')])
  t.match(JSON.parse(accepted.stdout), { accepted: true, faults: [], pipelines: Object })
})

t.test('a file that is not there is a refusal that names it', async t => {
  const { code, stdout } = await run(['check', '--config', 'no-such-file.yaml'])
  t.equal(code, 78)
  t.match(stdout, /no-such-file\.yaml:1:1: GW_CONFIG_UNREADABLE/)
})

import { readFileSync } from 'node:fs'
import t from 'tap'
import { packageFile } from '../../core/package.ts'
import { startExample } from '../helpers/example.ts'
import { chat } from '../helpers/gateway.ts'
import { run } from '../helpers/command.ts'
import { chatty, startUpstream } from '../helpers/upstream.ts'

process.env['OPENAI_API_KEY'] = 'cloud-key'

t.test('a stage of one\'s own', async (t) => {
  const cloud = await startUpstream(t, chatty('from the cloud'))
  const workstation = await startUpstream(t, chatty('from the workstation'))
  const example = await startExample(t, 'custom-plugin', { cloud, workstation })
  const token = await example.token('ada', 'engineer')
  const ask = async (text: string): Promise<Response> =>
    await chat(example.gateway, { model: 'gpt-4o-mini', messages: [{ role: 'user', content: text }] }, { token })

  await t.test('lets other prompts go where the model says', async (t) => {
    const answer = await ask('What is a bird of prey?')
    t.match(await answer.text(), /from the cloud/)
  })

  await t.test('keeps a prompt with a code name on the premises', async (t) => {
    const before = cloud.requests.length
    const answer = await ask('When does Bluebird ship?')
    t.match(await answer.text(), /from the workstation/)
    t.equal(cloud.requests.length, before)
    const { decision } = await example.recorded(answer)
    t.match(decision, { endpoints: ['workstation'], classification: { tag: 'restricted', labels: { 'project.code_name': 1 } } })
  })

  await t.test('shows its findings in classify too', async (t) => {
    const { code, stdout } = await run(['classify', '--config', example.configuration, '--json', '-'], { input: '{"id":"1","text":"Bluebird ships in May."}\n' })
    t.equal(code, 0)
    t.match(JSON.parse(stdout), { id: '1', tag: 'restricted', entities: [{ type: 'project.code_name', start: 0, end: 8, confidence: 1000 }] })
  })

  t.match(await example.verified(), { code: 0, open: [], violations: [], broken: null })
})

t.test('the plugin is under 40 lines', async (t) => {
  t.ok(readFileSync(packageFile('examples/custom-plugin/code-names.js'), 'utf8').trimEnd().split('\n').length < 40)
})

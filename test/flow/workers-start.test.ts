/** `workers: N` while they start: replaced, told to end, refused. */
import t from 'tap'
import { writeConfiguration } from '../helpers/configuration.ts'
import { openCrew, workersOf } from '../helpers/crew.ts'
import { temporaryFolder } from '../helpers/folder.ts'
import { startChild } from '../helpers/gateway.ts'
import { createIssuer } from '../helpers/issuer.ts'
import { startUpstream } from '../helpers/upstream.ts'

t.test('SIGTERM while a worker is being replaced: the one that is just starting ends too', async t => {
  const crew = await openCrew(t)
  const [pid = 0] = workersOf(crew)
  process.kill(pid, 'SIGKILL')
  while (workersOf(crew).filter(other => other !== pid).length < 2) await new Promise(resolve => setTimeout(resolve, 5))
  crew.gateway.child.kill('SIGTERM')
  t.same(await crew.gateway.exited, { code: 0, signal: null })
})

t.test('a configuration that a worker refuses does not start', async t => {
  const issuer = await createIssuer()
  const upstream = await startUpstream(t)
  const configuration = writeConfiguration(temporaryFolder(t), { issuer, endpoints: { main: upstream }, extra: { workers: 2 }, policy: { 'broken.rego': 'package gateway.policy.x\n\npermit contains {"id": 1}\n' } })
  await t.rejects(startChild(t, configuration), /ended before it was ready[^]*broken\.rego/)
})

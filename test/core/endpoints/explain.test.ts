import t from 'tap'
import { openRoutes } from '../../../core/cli/route/stages.ts'
import { loadConfiguration } from '../../../core/config/load.ts'
import { explainRoute } from '../../../core/endpoints/explain.ts'
import { QuestionError, readQuestion, type QuestionParts } from '../../../core/endpoints/question.ts'
import { writeConfiguration } from '../../helpers/configuration.ts'
import { temporaryFolder } from '../../helpers/folder.ts'
import { createIssuer } from '../../helpers/issuer.ts'

t.test('a question that makes no sense is told what is wrong with it', async t => {
  const file = writeConfiguration(temporaryFolder(t), {
    issuer: await createIssuer(),
    endpoints: { main: { provider: 'openai', url: 'http://127.0.0.1:9/v1' }, claude: { provider: 'anthropic', url: 'http://127.0.0.1:9' } },
    models: { m: { endpoints: ['main'] }, c: { endpoints: ['claude'] } },
    routes: [{ path: '/v1/chat/completions', protocol: 'openai.chat', pipeline: 'default' }, { path: '/v1/messages', protocol: 'anthropic.messages', pipeline: 'default' }]
  })
  const { configuration } = loadConfiguration(file)
  if (configuration === null) throw new Error('it does not load')
  const routes = await openRoutes(configuration)
  const ask = (parts: QuestionParts): unknown => explainRoute(readQuestion(parts), routes)
  t.match(ask({ model: 'm' }), { route: '/v1/chat/completions', endpoints: [{ endpoint: 'main', rank: 1 }], refused: null })
  const cases: Array<[parts: QuestionParts, told: RegExp]> = [
    [{}, /no route serves a request without a model/],
    [{ model: 'x' }, /there is no model x/],
    [{ model: 'm', route: '/v2' }, /there is no route \/v2/],
    [{ model: 'c', route: '/v1/chat/completions' }, /does not serve the model c/],
    [{ model: 'm', endpoints: 'main,other' }, /there is no endpoint other/],
    [{ model: 'm', input_tokens: '-1' }, /input_tokens takes a number/],
    [{ model: 'm', output_tokens: '1e99' }, /output_tokens takes a number/],
    [{ model: 'm', workload: 'poetry' }, /workload is one of chat/],
    [{ model: 'm', stream: 'yes' }, /stream is true or false/],
    [{ model: 'm', latency_budget: '-5ms' }, /a latency_budget is such as/],
    [{ model: 'm', cost_budget: 'free' }, /US dollars such as/],
    [{ model: 'm', prompt: 'x' }, /there is no prompt: ask by route, model/],
    [{ model: ['m', 'c'] as unknown as string }, /model is given twice/]
  ]
  for (const [parts, told] of cases) {
    try {
      ask(parts)
      t.fail(JSON.stringify(parts))
    } catch (thrown) {
      t.ok(thrown instanceof QuestionError && told.test(thrown.message), `${JSON.stringify(parts)}: ${String(thrown)}`)
    }
  }
})

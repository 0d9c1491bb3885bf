import t from 'tap'
import { workloadOf as ruleOf } from '../../../core/config/decode-routing.ts'
import { workloadOf, type Form } from '../../../core/exchange/workload.ts'

const form: Form = { model: 'm', family: 'f', stream: false, toolCount: 0, outputFormat: 'text', tokenEstimate: 100, workload: 'chat', route: '/v1/chat/completions' }

t.test('without rules the class is the one derived', async t => {
  t.equal(workloadOf([], { ...form, workload: 'tool_use' }), 'tool_use')
})

t.test('all that a rule gives must hold; the first that does decides', async t => {
  const rules = [
    ruleOf({ workload: 'batch', model: 'f', stream: false, tools: false, output_format: 'text', route: '/v1/chat/completions', least_tokens: 100, most_tokens: 100 }),
    ruleOf({ workload: 'long_context', least_tokens: 50 })
  ]
  t.equal(workloadOf(rules, form), 'batch')
  const others: Array<Partial<Form>> = [{ family: null }, { stream: true }, { toolCount: 1 }, { outputFormat: 'json_object' }, { route: '/other' }, { tokenEstimate: 101 }, { tokenEstimate: 99 }]
  for (const other of others) t.equal(workloadOf(rules, { ...form, ...other }), 'long_context', JSON.stringify(other))
  t.equal(workloadOf(rules, { ...form, tokenEstimate: 49 }), 'chat')
})

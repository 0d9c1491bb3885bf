import { explainRoute, explanationDocument, type RouteExplanation } from '../../endpoints/explain.ts'
import { QuestionError, questionNames, readQuestion } from '../../endpoints/question.ts'
import { configurationOption, exitCodes, print, UsageError, type Command, type Words } from '../command.ts'
import { configurationOf } from '../configuration.ts'
import { askRunning } from './live.ts'
import { openRoutes } from './stages.ts'

export const command: Command = {
  name: 'route explain',
  usage: `usage: sallyport route explain [--config FILE] --model NAME [--endpoints LIST] [--live] [--json]

Says which endpoint a request would go to, which come next were each to fail, and what keeps the others out. Nothing is sent.
Without --live all endpoints count as up and nothing is known of their latency; with it the gateway that runs is asked.

  --config FILE            the configuration; default ./sallyport.yaml
  --live                   ask the running gateway, at the configuration's admin address
  --model NAME             the name that callers ask for
  --route PATH             a configured route; default the first that serves the model
  --endpoints LIST         what the permit would cover, by commas; default all that may serve the request
  --input-tokens NUMBER    of the prompt; default 0
  --output-tokens NUMBER   asked for
  --workload NAME          chat (default), embedding, tool_use, structured_output, long_context or batch
  --stream true            a stream is asked for
  --latency-budget TIME    as callers say it in sallyport-latency-budget: 800ms
  --cost-budget DOLLARS    as callers say it in sallyport-cost-budget: 0.02
  --affinity TEXT          stands for one subject, for the strategy sticky
  --decision TEXT          stands for one decision: shares and canaries are drawn by it
  --json                   one JSON object

exit codes: 0 an endpoint is chosen, 1 none is, 2 usage, 78 the configuration is refused

example: sallyport route explain --model gpt-4o --endpoints azure-eu,openai-us --input-tokens 900 --cost-budget 0.02`,
  options: {
    ...configurationOption, live: { type: 'boolean' }, json: { type: 'boolean' }, ...Object.fromEntries(questionNames.map(name => [optionOf(name), { type: 'string' as const }]))
  },
  positionals: { least: 0, most: 0 },
  async run (words) {
    const configuration = configurationOf(words)
    const parts = partsOf(words)
    try {
      const question = readQuestion(parts)
      const explanation = words.flag('live') ? await askRunning(configuration, parts) : explainRoute(question, await openRoutes(configuration))
      if (words.flag('json')) print(JSON.stringify(explanationDocument(explanation)))
      else printExplanation(explanation)
      return explanation.refused === null ? exitCodes.ok : exitCodes.no
    } catch (thrown) {
      throw thrown instanceof QuestionError ? new UsageError(thrown.message) : thrown
    }
  }
}

function optionOf (name: string): string {
  return name.replaceAll('_', '-')
}

function partsOf (words: Words): Record<string, string> {
  return Object.fromEntries(questionNames.flatMap(name => {
    const text = words.text(optionOf(name))
    return text === null ? [] : [[name, text]]
  }))
}

const heads = ['', 'endpoint', 'because', 'state', 'under way', 'latency', 'cost'] as const

function printExplanation ({ route, model, endpoints, refused }: RouteExplanation): void {
  print(`${model ?? 'a request'} on ${route}`)
  print('')
  const rows = endpoints.map(({ rank, endpoint, because, healthy, heldMs, active, latencyMs, costMicros }) => [
    rank === null ? '-' : String(rank),
    endpoint,
    because,
    heldMs > 0 ? `held for ${Math.ceil(heldMs / 1000)} s` : healthy ? 'up' : 'failing',
    String(active),
    latencyMs === null ? '' : `${Math.round(latencyMs)} ms`,
    costMicros === null ? '' : `$${(costMicros / 1_000_000).toFixed(6)}`
  ])
  const all = [[...heads], ...rows]
  const widths = heads.map((_head, column) => Math.max(...all.map(row => row[column]?.length ?? 0)))
  for (const row of all) print(row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ').trimEnd())
  if (refused !== null) print(`\nnone is chosen: ${refused}`)
}

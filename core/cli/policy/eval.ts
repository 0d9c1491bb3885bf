import type { CaseEngine } from '../../../rego/cases.ts'
import { RegoError } from '../../../rego/compiler/compiler.ts'
import { configurationOption, exitCodes, print, required, UsageError, type Command, type Words } from '../command.ts'
import { evaluateCases } from './cases.ts'
import { decideOnce } from './decide.ts'
import { printFaults } from './faults.ts'
import { evaluateQuery } from './query.ts'

export const command: Command = {
  name: 'policy eval',
  usage: `usage: sallyport policy eval --dir DIR [--query QUERY] [--input FILE] [--data FILE] [--engine wasm|opa] [--config FILE] [--json]
       sallyport policy eval --cases FILE.ndjson [--engine wasm|opa] [--json]

Without --query: the decision of a policy folder on one input, with the reasons and the rules that were true. With --query:
every way to satisfy it over the folder and the library, as JSON, [] where it is undefined; rules of tenants are left out.
With --cases: each line brings its own modules.

  --dir DIR       the policy folder
  --query QUERY   such as data.gateway.policy
  --input FILE    the input, JSON
  --data FILE     further data, a JSON object; its keys win
  --engine NAME   opa, OPA's own interpreter (the default), or wasm, the WebAssembly that is enforced
  --config FILE   the configuration that data.gateway comes from; default ./sallyport.yaml where there is one
  --json          the decision as one JSON object
  --cases FILE    NDJSON, - for standard input: {id, query, modules: [text], data?, input?, input_term?, strict_error?} in,
                  {id, results: [{name: value}]} | {id, error: {code, message}} | {id, unsupported} out

exit codes: 0 evaluated, 1 the policy or the query has faults, 2 usage, 78 the configuration is refused

example: sallyport policy eval --dir policy --input request.json`,
  options: {
    ...configurationOption,
    dir: { type: 'string' },
    query: { type: 'string' },
    input: { type: 'string' },
    data: { type: 'string' },
    engine: { type: 'string' },
    json: { type: 'boolean' },
    cases: { type: 'string' }
  },
  positionals: { least: 0, most: 0 },
  async run (words) {
    const engine = engineOf(words)
    const cases = words.text('cases')
    if (cases !== null) return await evaluateCases(cases, engine)
    required(words, 'dir')
    try {
      const query = words.text('query')
      if (query === null) return await decideOnce(words, engine)
      print(await evaluateQuery(words, query, engine))
      return exitCodes.ok
    } catch (thrown) {
      if (!(thrown instanceof RegoError)) throw thrown
      printFaults(thrown.diagnostics)
      return exitCodes.no
    }
  }
}

function engineOf (words: Words): CaseEngine {
  const engine = words.text('engine') ?? 'opa'
  if (engine !== 'opa' && engine !== 'wasm') throw new UsageError('--engine is wasm or opa')
  return engine
}

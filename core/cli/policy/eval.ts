import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { RegoError } from '../../../rego/compiler/compiler.ts'
import { libraryModules } from '../../../rego/library.ts'
import { readPolicyFolder } from '../../../rego/sources.ts'
import { configurationOption, exitCodes, print, required, UsageError, type Command, type Words } from '../command.ts'
import { withCompiler } from '../../../rego/compile.ts'
import { printFaults } from './faults.ts'
import { gatewayOf } from './folder.ts'

export const command: Command = {
  name: 'policy eval',
  usage: `usage: sallyport policy eval --dir DIR --query QUERY [--input FILE] [--data FILE] [--config FILE]

Evaluates a query over a policy folder and the library, in OPA's interpreter. Prints every way to satisfy it as JSON:
[] where it is undefined. Rules of tenants are left out.

  --dir DIR       the policy folder
  --query QUERY   such as data.gateway.decision
  --input FILE    the input, JSON
  --data FILE     further data, a JSON object; its keys win
  --config FILE   the configuration that data.gateway comes from; default ./sallyport.yaml where there is one

exit codes: 0 evaluated, 1 the policy or the query has faults, 2 usage, 78 the configuration is refused

example: sallyport policy eval --dir policy --query data.gateway.decision --input request.json`,
  options: { ...configurationOption, dir: { type: 'string' }, query: { type: 'string' }, input: { type: 'string' }, data: { type: 'string' } },
  positionals: { least: 0, most: 0 },
  async run (words) {
    const dir = required(words, 'dir')
    const query = required(words, 'query')
    try {
      const { modules, data } = sourcesOf(dir)
      const input = words.text('input')
      const result = await withCompiler(async compiler => await compiler.evaluate({
        modules: [...libraryModules(), ...modules.map(({ path, text }) => ({ path: join(dir, path), text }))],
        data: { ...data, gateway: gatewayOf(words) ?? {}, ...furtherData(words) },
        query,
        ...input === null ? {} : { inputText: readText(input) }
      }))
      print(result.text)
      return exitCodes.ok
    } catch (thrown) {
      if (!(thrown instanceof RegoError)) throw thrown
      printFaults(thrown.diagnostics)
      return exitCodes.no
    }
  }
}

function sourcesOf (dir: string): ReturnType<typeof readPolicyFolder> {
  try {
    return readPolicyFolder(dir)
  } catch {
    throw new UsageError(`there is no folder ${dir}`)
  }
}

function furtherData (words: Words): object {
  const file = words.text('data')
  if (file === null) return {}
  const data: unknown = JSON.parse(readText(file))
  if (typeof data !== 'object' || data === null || Array.isArray(data)) throw new UsageError(`${file} holds no JSON object`)
  return data
}

function readText (file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    throw new UsageError(`${file} cannot be read`)
  }
}

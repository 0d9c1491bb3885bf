/** One query over a policy folder and the library. */
import { join } from 'node:path'
import { evaluateCase, type CaseEngine } from '../../../rego/cases.ts'
import { withCompiler } from '../../../rego/compile.ts'
import { RegoError, type Compiler, type RegoModule } from '../../../rego/compiler/compiler.ts'
import { openRunner } from '../../../rego/engine/runner.ts'
import { libraryModules } from '../../../rego/library.ts'
import { readPolicyFolder } from '../../../rego/sources.ts'
import { required, UsageError, type Words } from '../command.ts'
import { gatewayOf } from './folder.ts'
import { readJson, readObject } from './input.ts'

/** How long it may run, in milliseconds. */
const deadlineMs = 60_000

interface Question {
  readonly query: string
  readonly modules: readonly RegoModule[]
  readonly dataText: string
  readonly inputText: string | null
}

/** The results as JSON text: `[{expressions: [{value, text}], bindings}]`, numbers exact. Throws {@link RegoError}. */
export async function evaluateQuery (words: Words, query: string, engine: CaseEngine): Promise<string> {
  const dir = required(words, 'dir')
  const { modules, data } = sourcesOf(dir)
  const more = words.text('data')
  const input = words.text('input')
  const question: Question = {
    query,
    modules: [...libraryModules(), ...modules.map(({ path, text }) => ({ path: join(dir, path), text }))],
    dataText: JSON.stringify({ ...data, gateway: gatewayOf(words) ?? {}, ...more === null ? {} : readObject(more) }),
    inputText: input === null ? null : readJson(input)
  }
  return await withCompiler(async compiler => engine === 'opa' ? await interpret(question, compiler) : await enforce(question, compiler))
}

function sourcesOf (dir: string): ReturnType<typeof readPolicyFolder> {
  try {
    return readPolicyFolder(dir)
  } catch {
    throw new UsageError(`there is no folder ${dir}`)
  }
}

async function interpret ({ inputText, ...question }: Question, compiler: Compiler): Promise<string> {
  return (await compiler.evaluate({ ...question, ...inputText === null ? {} : { inputText } })).text
}

/** In WebAssembly a query answers its variables alone: one that is a single expression is given one for its value. */
async function enforce (question: Question, compiler: Compiler): Promise<string> {
  const name = '__value__'
  const asked = await resultsOf({ ...question, query: `${name} := ${question.query}` }, compiler).catch((thrown: unknown) => {
    if (thrown instanceof RegoError) return null
    throw thrown
  })
  if (asked !== null) return `[${asked.map(result => `{"expressions":[{"value":${result.slice(`{"${name}":`.length, -1)},"text":${JSON.stringify(question.query)}}]}`).join(',')}]`
  return `[${(await resultsOf(question, compiler)).map(bindings => `{"expressions":[],"bindings":${bindings}}`).join(',')}]`
}

async function resultsOf (question: Question, compiler: Compiler): Promise<readonly string[]> {
  const runner = openRunner({ deadlineMs, evaluator: true })
  try {
    const answer = await evaluateCase({ ...question, inputTerm: null, strictError: false }, 'wasm', compiler, runner)
    if ('results' in answer) return answer.results
    if ('unsupported' in answer) throw RegoError.of('rego_error', `${answer.unsupported} is not served`)
    throw RegoError.of(answer.error.code, answer.error.message)
  } finally {
    await runner.close()
  }
}

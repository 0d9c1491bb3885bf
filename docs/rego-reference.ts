/** The references for policy authors: the library from its METADATA, OPA's builtins by who answers them. */
import { withCompiler } from '../rego/compile.ts'
import type { BuiltinFunction, Described } from '../rego/compiler/types.ts'
import { hostBuiltins } from '../rego/engine/host.ts'
import { builtinsOfModule } from '../rego/engine/instance.ts'
import { libraryModules } from '../rego/library.ts'
import { generated } from './reference.ts'

/** Every file that is generated: its name below docs/ and its text. */
export async function policyReferences (): Promise<ReadonlyMap<string, string>> {
  return new Map([['builtins.md', await builtinReference()], ['policy-library.md', await libraryReference()]])
}

async function libraryReference (): Promise<string> {
  const described = await withCompiler(async compiler => await compiler.inspect(libraryModules()))
  const packages = described.filter(({ scope, path }) => scope === 'package' && path.startsWith('gateway.lib.'))
  return [
    '# The policy library', generated,
    'What rules may use beside Rego\'s own builtins: `import data.gateway.lib.labels`, then `labels.found("pii.*")`. What a rule has to look',
    'like, and how the library combines them, tells [Writing policy](policy.md).', '',
    ...packages.flatMap(one => section(one, described.filter(({ scope, path }) => scope === 'rule' && path.startsWith(`${one.path}.`))))
  ].join('\n')
}

function section ({ path, title, description }: Described, rules: readonly Described[]): string[] {
  const name = path.split('.').at(-1) ?? ''
  return [
    `## ${title}`, '', `\`import data.${path}\`. ${description}`, '',
    '| rule | is |', '|---|---|',
    ...rules.map(rule => `| \`${name}.${rule.path.slice(path.length + 1)}${rule.arguments.length === 0 ? '' : `(${rule.arguments.join(', ')})`}\` | ${[rule.title, rule.description].filter(text => text !== '').join('. ').replaceAll('|', '\\|')} |`), ''
  ]
}

const answers = {
  compiled: 'compiled into the policy',
  host: 'the gateway, by a function held against OPA\'s evaluator',
  evaluator: 'OPA\'s evaluator, which is loaded for a policy that needs it',
  compiler: 'the compiler, when the policy is built',
  refused: '**refused**: network, clock, chance or debugging',
  deprecated: '**refused**: deprecated, and no part of Rego v1'
} as const

async function builtinReference (): Promise<string> {
  const rows = await withCompiler(async compiler => {
    const all = await compiler.builtins()
    const callable = all.filter(one => !one.refused && !one.deprecated && !byCompiler.has(one.name))
    const { wasm } = await compiler.build({ modules: [{ path: 'all.rego', text: callingAll(callable) }], entrypoints: ['all/answer'] })
    const needed = new Set(builtinsOfModule(new WebAssembly.Module(new Uint8Array(wasm))))
    return all.map(one => `| \`${one.name}\` | ${answers[answererOf(one, needed)]} |`)
  })
  return [
    '# Builtins', generated,
    'Every builtin function of OPA, and who answers it where a policy is enforced. Whatever is pure and deterministic works. OPA\'s evaluator',
    'costs each worker some 200 MB and 30 to 150 us a call; what it answers is exact, as all the others are: OPA\'s own conformance cases run against',
    'every one of them (`npm run conformance`). `sprintf` with other verbs than `%s %v %d %x %X %o %b`, with a precision, or with a format that is computed, is answered by it too.', '',
    '| builtin | answered by |', '|---|---|', ...rows, ''
  ].join('\n')
}

/** What is no call when it comes to be compiled. */
const byCompiler: ReadonlySet<string> = new Set(['assign', 'eq', 'print', 'rego.metadata.chain', 'rego.metadata.rule'])

/** A module that calls each function with values of the input. */
function callingAll (all: readonly BuiltinFunction[]): string {
  const calls = all.map(({ name, arity, relation }, index) => {
    const given = Array.from({ length: arity }, (_, place) => `input.a[${place}]`)
    const call = `${name}(${[...given, ...relation ? [] : [`answer_${index}`]].join(', ')})`
    return `answer contains ${index} if { ${relation ? `${name}(input.a, [_, _])` : call} }`
  })
  return ['package all', ...calls, ''].join('\n\n')
}

function answererOf ({ name, refused, deprecated }: BuiltinFunction, needed: ReadonlySet<string>): keyof typeof answers {
  if (deprecated) return 'deprecated'
  if (refused) return 'refused'
  if (byCompiler.has(name)) return 'compiler'
  if (!needed.has(name)) return 'compiled'
  return hostBuiltins.has(name) ? 'host' : 'evaluator'
}

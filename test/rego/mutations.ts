/** Small changes of the library, each of which its own tests must notice. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Compiler, RegoModule } from '../../rego/compiler/compiler.ts'
import { libraryFolder } from '../../rego/library.ts'

export interface Mutant {
  /** `decision.rego: a line -> what became of it`. */
  readonly what: string
  readonly row: number
  readonly path: string
  readonly text: string
}

const replacements: ReadonlyArray<readonly [from: RegExp, to: string]> = [
  [/ == /, ' != '],
  [/ != /, ' == '],
  [/ >= /, ' > '],
  [/ <= /, ' < '],
  [/ > /, ' >= '],
  [/ < /, ' <= '],
  [/\bnot /, ''],
  [/\bevery /, 'some '],
  [/\bmax\(/, 'min('],
  [/\bmin\(/, 'max('],
  [/"deny"/, '"permit"'],
  [/"block"/, '"permit"'],
  [/"redact"/, '"permit"'],
  [/\bgrants\b/, 'permits'],
  [/\.forbid\b/, '.permit'],
  [/\.restrict\b/, '.permit'],
  [/\bfaults\b/, '[]'],
  [/ & | - /, ' | '],
  [/% (\d+)/, '% 7$1'],
  [/\b0\b/, '1']
]

/** Every mutant of every module that is not a test: a condition left out, a rule left out, or one word changed. */
export function mutants (): Mutant[] {
  return libraryFiles().filter(({ path }) => !path.endsWith('_test.rego')).flatMap(({ path, text }) => {
    const lines = text.split('\n')
    return lines.flatMap((line, index) => changesOf(line).map(changed => {
      const mutated = [...lines.slice(0, index), ...changed === null ? [] : [changed], ...lines.slice(index + 1)].join('\n')
      return { what: `${path}: ${line.trim()} -> ${changed?.trim() ?? 'nothing'}`, row: index + 1, path, text: mutated }
    }))
  })
}

export function libraryFiles (): RegoModule[] {
  return readdirSync(libraryFolder).sort().map(name => ({ path: name, text: readFileSync(join(libraryFolder, name), 'utf8') }))
}

/** Null: the line is left out. */
function changesOf (line: string): Array<string | null> {
  if (/^\s*(?:#|package|import|$)/.test(line)) return []
  const isCondition = line.startsWith('\t') && !/[{,([]$/.test(line) && !/^\t+[}\])"]/.test(line)
  const isWholeRule = /^[a-z_]+ contains .*(?<![{])$/.test(line) || /^[a-z_]+(?:\([^)]*\))? if .*(?<![{])$/.test(line)
  return [...isCondition || isWholeRule ? [null] : [], ...replacements.filter(([from]) => from.test(line)).map(([from, to]) => line.replace(from, to))]
}

/** Whether the tests of the library notice it. One that does not even compile is `no_library`, and proves nothing. */
export async function fateOf (mutant: Pick<Mutant, 'path' | 'text'>, compiler: Compiler): Promise<'noticed' | 'unnoticed' | 'no_library'> {
  const modules = libraryFiles().map(file => file.path === mutant.path ? { path: file.path, text: mutant.text } : file)
  try {
    const { tests } = await compiler.test({ modules, coverage: false })
    return tests.some(({ outcome }) => outcome !== 'pass') ? 'noticed' : 'unnoticed'
  } catch {
    return 'no_library'
  }
}

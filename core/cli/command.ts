/** The contract of one command, and how its words are read: strictly, by node:util alone. */
import { parseArgs, type ParseArgsOptionsConfig } from 'node:util'

/** Exit codes (sysexits.h for 78). */
export const exitCodes = {
  /** Done, accepted, intact. */
  ok: 0,
  /** The answer is no: broken, another body, a failed test. */
  no: 1,
  /** The command line cannot be understood, or names something that is not there. */
  usage: 2,
  /** The configuration is refused (EX_CONFIG). */
  refused: 78
} as const

/** What a command reads of its words. Options given several times keep every value where `multiple` is set. */
export interface Words {
  readonly positionals: readonly string[]
  /** The value of a text option, or null. */
  text (name: string): string | null
  /** All values of an option that may be repeated. */
  texts (name: string): readonly string[]
  /** True where a flag was given. */
  flag (name: string): boolean
}

export interface Command {
  /** As it is typed: `audit verify`. */
  readonly name: string
  /** One screen: a usage line, what it does, its options, an example. */
  readonly usage: string
  readonly options: ParseArgsOptionsConfig
  /** How many words may stand beside the options. */
  readonly positionals: { readonly least: number, readonly most: number }
  /** Answers the exit code. Throws {@link UsageError} for words that make no sense. */
  run (words: Words): Promise<number>
}

/** The command line is wrong: exit 2, with the message and the way to `--help`. */
export class UsageError extends Error {}

/** Where a command's configuration is looked for when none is named. */
export const defaultConfiguration = './sallyport.yaml'

/** The option that most commands share. */
export const configurationOption = { config: { type: 'string' } } as const satisfies ParseArgsOptionsConfig

/** Reads a command's words. Throws {@link UsageError} for unknown options, missing values and wrong counts. */
export function readWords (command: Command, argv: readonly string[]): Words {
  const { values, positionals } = parseStrictly(command, argv)
  checkCount(command, positionals)
  return {
    positionals,
    text: (name) => {
      const value = values[name]
      return typeof value === 'string' ? value : null
    },
    texts: (name) => {
      const value = values[name]
      return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
    },
    flag: (name) => values[name] === true
  }
}

interface Parsed { readonly values: Readonly<Record<string, unknown>>, readonly positionals: readonly string[] }

function parseStrictly (command: Command, argv: readonly string[]): Parsed {
  try {
    return parseArgs({ args: [...argv], options: { ...command.options, help: { type: 'boolean', short: 'h' } }, allowPositionals: true, strict: true })
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

function checkCount (command: Command, positionals: readonly string[]): void {
  const { least, most } = command.positionals
  if (positionals.length < least) throw new UsageError('something is missing')
  if (positionals.length > most) throw new UsageError(`'${positionals[most] ?? ''}' is one word too many`)
}

/** The value of an option that must be given. */
export function required (words: Words, name: string): string {
  const value = words.text(name)
  if (value === null) throw new UsageError(`--${name} is required`)
  return value
}

/** One line, or several, to standard output. */
export function print (text: string): void {
  process.stdout.write(`${text}\n`)
}

/** One line, or several, to standard error: banners, complaints, progress. */
export function tell (text: string): void {
  process.stderr.write(`${text}\n`)
}

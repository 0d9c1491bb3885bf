/** From the words of the command line to an exit code. */
import { packageVersion } from '../package.ts'
import { exitCodes, print, readWords, tell, UsageError } from './command.ts'
import { commands, overview, type CommandEntry } from './commands.ts'
import { RefusedConfiguration } from './faults.ts'

/**
 * Runs the command that `argv` names.
 * @param argv the words after the program's name
 * @returns the exit code
 */
export async function dispatch (argv: readonly string[]): Promise<number> {
  const [first = '', second = ''] = argv
  if (first === '--version') return say(packageVersion)
  if (first === '--help' || first === '-h' || first === 'help') return say(overview(null))
  const found = commands.find((entry) => entry.name === `${first} ${second}`) ?? commands.find((entry) => entry.name === first)
  return found === undefined ? unknown(first, second) : await runEntry(found, argv.slice(found.name.split(' ').length))
}

function say (text: string): number {
  print(text)
  return exitCodes.ok
}

function unknown (first: string, second: string): number {
  const isGroup = commands.some((entry) => entry.name.startsWith(`${first} `))
  if (isGroup && (second === '--help' || second === '-h')) return say(overview(first))
  if (first !== '') tell(`sallyport: there is no command '${isGroup ? `${first} ${second}`.trim() : first}'`)
  tell(overview(isGroup ? first : null))
  return exitCodes.usage
}

async function runEntry (entry: CommandEntry, argv: readonly string[]): Promise<number> {
  const { command } = await entry.load()
  if (asksForHelp(argv)) return say(command.usage)
  try {
    return await command.run(readWords(command, argv))
  } catch (error) {
    return complain(entry.name, error)
  }
}

function asksForHelp (argv: readonly string[]): boolean {
  const end = argv.indexOf('--')
  return argv.slice(0, end === -1 ? argv.length : end).some((word) => word === '--help' || word === '-h')
}

function complain (name: string, error: unknown): number {
  if (error instanceof RefusedConfiguration) {
    tell(error.message)
    return exitCodes.refused
  }
  tell(`sallyport ${name}: ${error instanceof Error ? error.message : String(error)}`)
  if (!(error instanceof UsageError)) return exitCodes.no
  tell(`sallyport ${name} --help shows how it is used`)
  return exitCodes.usage
}

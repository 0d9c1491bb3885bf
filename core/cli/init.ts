import { cpSync, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { packageFile } from '../package.ts'
import { exitCodes, print, UsageError, type Command } from './command.ts'
import { program } from './program.ts'

export const command: Command = {
  name: 'init',
  usage: `usage: sallyport init DIR

Writes a starter into DIR, which must be missing or empty: sallyport.yaml, a policy with its tests, a README, .gitignore.

exit codes: 0 written, 2 usage

example: sallyport init my-gateway`,
  options: {},
  positionals: { least: 1, most: 1 },
  async run ({ positionals: [folder = ''] }) {
    refuseTaken(folder)
    write(folder)
    print(nextSteps(folder))
    return exitCodes.ok
  }
}

function refuseTaken (folder: string): void {
  if (!existsSync(folder)) return
  if (!statSync(folder).isDirectory()) throw new UsageError(`${folder} is no folder`)
  if (readdirSync(folder).length > 0) throw new UsageError(`${folder} is not empty`)
}

/** The starter is the quickstart example, so that what is written is what is tested. */
function write (folder: string): void {
  mkdirSync(folder, { recursive: true })
  const isStarter = (path: string): boolean => !['var', '.gitignore'].includes(basename(path))
  cpSync(packageFile('examples/quickstart'), folder, { recursive: true, filter: isStarter })
  writeFileSync(join(folder, '.gitignore'), '# what the gateway writes: records and keys\nvar/\nverifier.key\n')
}

function nextSteps (folder: string): string {
  return `${folder} holds sallyport.yaml, policy/ and a README. Next:
  cd ${folder}
  export OPENAI_API_KEY=...      # or change the endpoint in sallyport.yaml
  ${program()} check
  ${program()} start`
}

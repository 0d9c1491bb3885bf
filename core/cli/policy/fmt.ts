import { writeFileSync } from 'node:fs'
import type { FormattedModule } from '../../../rego/compiler/compiler.ts'
import { exitCodes, print, type Command } from '../command.ts'
import { withCompiler } from '../../../rego/compile.ts'
import { readRego } from './sources.ts'

export const command: Command = {
  name: 'policy fmt',
  usage: `usage: sallyport policy fmt [--check] PATH...

Formats Rego files, or all below a folder, in place. Prints the path of each file that changed.

  --check   change nothing: exit 1 where a file is not formatted

exit codes: 0 formatted, 1 not formatted or not Rego, 2 usage

example: sallyport policy fmt policy`,
  options: { check: { type: 'boolean' } },
  positionals: { least: 1, most: Infinity },
  async run (words) {
    const modules = words.positionals.flatMap((path) => readRego(path))
    const formatted = await withCompiler(async (compiler) => await compiler.format(modules))
    const changed = formatted.filter((module) => module.changed)
    for (const module of changed) settle(module, words.flag('check'))
    return words.flag('check') && changed.length > 0 ? exitCodes.no : exitCodes.ok
  }
}

function settle (module: FormattedModule, checkOnly: boolean): void {
  print(module.path)
  if (!checkOnly) writeFileSync(module.path, module.text)
}

import { configurationOption, exitCodes, tell, type Command } from './command.ts'
import { configurationFile } from './configuration.ts'
import { open, serveUntilSignal } from './serve.ts'

export const command: Command = {
  name: 'start',
  usage: `usage: sallyport start [--config FILE]

Runs the gateway in the foreground. Standard output is the operational log, one JSON object a line.
SIGTERM and SIGINT drain and end it; SIGHUP reloads the configuration, all of it or nothing.

  --config FILE   the configuration; default ./sallyport.yaml

exit codes: 0 drained and ended, 1 it could not start, 2 usage, 78 the configuration is refused

example: sallyport start --config /etc/sallyport/sallyport.yaml`,
  options: configurationOption,
  positionals: { least: 0, most: 0 },
  async run (words) {
    const gateway = await open(configurationFile(words))
    tell(`sallyport listens on ${gateway.address}, admin ${gateway.adminAddress ?? 'off'}`)
    await serveUntilSignal(gateway)
    return exitCodes.ok
  }
}

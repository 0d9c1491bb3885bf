import { writeFileSync } from 'node:fs'
import { signDevelopmentToken } from '../../plugins/identity/issuer/development.ts'
import { exitCodes, tell, type Command } from './command.ts'
import { banner, demoTales } from './demo/banner.ts'
import { demoAudience, demoIssuer, fillDemoFolder, openDemoFolder, type DemoFolder } from './demo/folder.ts'
import { startDemoModel } from './demo/model.ts'
import { portOrFree } from './demo/ports.ts'
import { program } from './program.ts'
import { open, serveUntilSignal } from './serve.ts'
import { verifierKeyOf } from './verifier-key.ts'

export const command: Command = {
  name: 'demo',
  usage: `usage: sallyport demo [--data DIR]

Runs a whole gateway with an issuer and a model endpoint of its own: no key, no network, no service. Prints three
requests to paste (a permit, a redaction, a denial) and the command that verifies what was recorded.
Takes ports 8080 and 9090, or free ones. Ctrl-C ends it; the records stay, and the next demo goes on with them.

  --data DIR   where it writes everything; default ./var/demo

exit codes: 0 ended, 1 it could not start, 2 usage

example: sallyport demo`,
  options: { data: { type: 'string' } },
  positionals: { least: 0, most: 0 },
  async run (words) {
    const demo = openDemoFolder(words.text('data') ?? './var/demo')
    const model = await startDemoModel()
    try {
      fillDemoFolder(demo, { listenPort: await portOrFree(8080), adminPort: await portOrFree(9090), modelUrl: model.url })
      await serve(demo)
    } finally {
      await model.close()
    }
    return exitCodes.ok
  }
}

async function serve (demo: DemoFolder): Promise<void> {
  const gateway = await open(demo.configuration, { allowUnsafeFilesystem: true })
  writeFileSync(demo.verifierKey, `${await verifierKeyOf(demo.folder)}\n`)
  const tokens = await Promise.all(demoTales.map(async () => await signDevelopmentToken(demo.folder, {
    issuer: demoIssuer, audience: demoAudience, claims: { sub: 'grace', roles: ['analyst'] }
  })))
  tell(banner({ address: gateway.address, adminAddress: gateway.adminAddress ?? '', demo, tokens, program: program(), unsafeFilesystem: gateway.unsafeFilesystem }))
  await serveUntilSignal(gateway)
}

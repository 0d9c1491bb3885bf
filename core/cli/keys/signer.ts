import { existsSync, readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { makeFolder, writeDurably } from '../../audit/folder.ts'
import { nameAfter } from '../../audit/keys.ts'
import { newSigningKey, openSigningKey, verifierText, type SigningKey } from '../../audit/note.ts'
import { serveSigner } from '../../audit/signer/server.ts'
import { exitCodes, print, required, type Command } from '../command.ts'

export const command: Command = {
  name: 'keys signer',
  usage: `usage: sallyport keys signer --key FILE --socket PATH

Holds a log's signing key in a process of its own and signs that log's checkpoints, and nothing else, for whoever may open the socket
(mode 0600). audit.commit names the socket as its signer. Prints the key that verifies the log. Runs until it is interrupted.

  --key FILE      the private key, PKCS#8 PEM, Ed25519; made if missing (mode 0600)
  --socket PATH   where it listens

exit codes: 0 ended, 2 usage

example: sallyport keys signer --key signer/log.key --socket signer/socket`,
  options: { key: { type: 'string' }, socket: { type: 'string' } },
  positionals: { least: 0, most: 0 },
  async run (words) {
    const key = openKey(resolve(required(words, 'key')))
    const server = await serveSigner(key, resolve(required(words, 'socket')))
    print(verifierText(key))
    await new Promise<void>(resolve => { for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => { resolve() }) })
    server.close()
    return exitCodes.ok
  }
}

function openKey (file: string): SigningKey {
  if (!existsSync(file)) {
    makeFolder(dirname(file))
    writeDurably(file, newSigningKey(), 0o600)
  }
  const pem = readFileSync(file, 'utf8')
  return openSigningKey(nameAfter(openSigningKey('', pem).publicKey), pem)
}

import { randomUUID } from 'node:crypto'
import { importJWK, SignJWT, type JWK } from 'jose'
import { sha256 } from '../../../plugins/identity/proof/dpop.ts'
import { exitCodes, print, required, UsageError, type Command } from '../command.ts'
import { readInput } from '../standard-input.ts'
import { openProofKey } from './proof-key.ts'

export const command: Command = {
  name: 'token proof',
  usage: `usage: sallyport token proof --key FILE --url URL [--method METHOD] [--nonce TEXT] < token

Prints a DPoP proof (RFC 9449) for one request with a token that was bound to this key. The token comes from standard input.

  --key FILE        the private key, as sallyport token --key made it
  --url URL         what is called: public_url and the path
  --method METHOD   default POST
  --nonce TEXT      the nonce that an answer asked for (header dpop-nonce)

exit codes: 0 printed, 2 usage

example: sallyport token proof --key me.jwk --url https://ai.example/v1/chat/completions < me.token`,
  options: { key: { type: 'string' }, url: { type: 'string' }, method: { type: 'string' }, nonce: { type: 'string' } },
  positionals: { least: 0, most: 0 },
  async run (words) {
    const { privateKey, publicKey } = await openProofKey(required(words, 'key'))
    const url = required(words, 'url')
    if (!URL.canParse(url)) throw new UsageError(`--url ${url} is no URL`)
    const token = (await readInput()).trim()
    if (token === '') throw new UsageError('standard input holds no token')
    const nonce = words.text('nonce')
    print(await sign({ htm: words.text('method') ?? 'POST', htu: url.replace(/[?#].*$/, ''), ath: sha256(token), jti: randomUUID(), ...nonce === null ? {} : { nonce } }, privateKey, publicKey))
    return exitCodes.ok
  }
}

async function sign (claims: Readonly<Record<string, unknown>>, privateKey: JWK, publicKey: JWK): Promise<string> {
  return await new SignJWT({ ...claims }).setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: publicKey }).setIssuedAt().sign(await importJWK(privateKey, 'ES256'))
}

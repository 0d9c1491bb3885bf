import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { decodeProtectedHeader, importJWK, SignJWT } from 'jose'
import { sha256 } from '../../../plugins/identity/proof/once.ts'
import { exitCodes, print, required, UsageError, type Command, type Words } from '../command.ts'
import { readInput } from '../standard-input.ts'
import { openProofKey, type ProofKey } from './proof-key.ts'

export const command: Command = {
  name: 'token proof',
  usage: `usage: sallyport token proof --key FILE --url URL [--method METHOD] [--nonce TEXT] [--access FILE] [--transaction FILE] < token

Prints a proof for one request with a token that was bound to this key: a DPoP proof (RFC 9449), or for the identity token of a
workload a workload proof token. The token comes from standard input.

  --key FILE           the private key, as sallyport token --key made it
  --url URL            what is called: public_url and the path
  --method METHOD      default POST
  --nonce TEXT         the nonce that an answer asked for (header dpop-nonce)
  --access FILE        the access token beside a workload's token
  --transaction FILE   the transaction token beside it

exit codes: 0 printed, 2 usage

example: sallyport token proof --key me.jwk --url https://ai.example/v1/chat/completions < me.token`,
  options: { key: { type: 'string' }, url: { type: 'string' }, method: { type: 'string' }, nonce: { type: 'string' }, access: { type: 'string' }, transaction: { type: 'string' } },
  positionals: { least: 0, most: 0 },
  async run (words) {
    const key = await openProofKey(required(words, 'key'))
    const url = urlOf(words)
    const token = (await readInput()).trim()
    if (token === '') throw new UsageError('standard input holds no token')
    print(typeOf(token) === 'wit+jwt' ? await proveWorkload(token, url, key, words) : await proveToken(token, url, key, words))
    return exitCodes.ok
  }
}

/** Without query and fragment, which no proof names. */
function urlOf (words: Words): string {
  const url = required(words, 'url')
  if (!URL.canParse(url)) throw new UsageError(`--url ${url} is no URL`)
  return url.replace(/[?#].*$/, '')
}

/** Opaque tokens have none. */
function typeOf (token: string): string | null {
  try {
    return decodeProtectedHeader(token).typ ?? null
  } catch {
    return null
  }
}

async function proveToken (token: string, url: string, { privateKey, publicKey }: ProofKey, words: Words): Promise<string> {
  const nonce = words.text('nonce')
  return await new SignJWT({ htm: words.text('method') ?? 'POST', htu: url, ath: sha256(token), jti: randomUUID(), ...nonce === null ? {} : { nonce } })
    .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: publicKey }).setIssuedAt().sign(await importJWK(privateKey, 'ES256'))
}

async function proveWorkload (token: string, url: string, { privateKey }: ProofKey, words: Words): Promise<string> {
  return await new SignJWT({ aud: url, wth: sha256(token), jti: randomUUID(), ...await digestOf('ath', words.text('access')), ...await digestOf('tth', words.text('transaction')) })
    .setProtectedHeader({ alg: 'ES256', typ: 'wpt+jwt' }).setExpirationTime('60s').sign(await importJWK(privateKey, 'ES256'))
}

async function digestOf (claim: string, file: string | null): Promise<Record<string, string>> {
  if (file === null) return {}
  const text = await readFile(file, 'utf8').catch(() => { throw new UsageError(`${file} cannot be read`) })
  return { [claim]: sha256(text.trim()) }
}

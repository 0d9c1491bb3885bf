/** The key that proofs of development are signed with: a private JWK in a file, readable by its owner alone. */
import { readFile, writeFile } from 'node:fs/promises'
import { exportJWK, generateKeyPair, type JWK } from 'jose'
import { UsageError } from '../command.ts'

export interface ProofKey { readonly privateKey: JWK, readonly publicKey: JWK }

/** Made (ES256) where there is none. Throws UsageError for a file that holds something else. */
export async function openProofKey (file: string): Promise<ProofKey> {
  const text = await readFile(file, 'utf8').catch(() => null) ?? await make(file)
  const { kty, crv, x, y, d } = parse(text, file)
  if (kty !== 'EC' || crv !== 'P-256' || [x, y, d].some(part => typeof part !== 'string')) throw new UsageError(`--key ${file} holds no private P-256 key as a JWK`)
  return { privateKey: { kty, crv, x, y, d } as JWK, publicKey: { kty, crv, x, y } as JWK }
}

function parse (text: string, file: string): JWK {
  try {
    return JSON.parse(text) as JWK
  } catch {
    throw new UsageError(`--key ${file} holds no JWK`)
  }
}

async function make (file: string): Promise<string> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  const text = `${JSON.stringify(await exportJWK(privateKey))}\n`
  await writeFile(file, text, { mode: 0o600, flag: 'wx' })
  return text
}

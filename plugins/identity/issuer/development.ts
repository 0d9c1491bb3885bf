/**
 * The development issuer: a key that the gateway makes itself, for `sallyport token` and the demo. Its private JWK lies
 * under `<data>/issuer/`, readable by its owner alone.
 */
import { createHash, randomUUID } from 'node:crypto'
import { link, mkdir, open, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { exportJWK, generateKeyPair, importJWK, SignJWT, type JWK } from 'jose'

export interface DevelopmentKey {
  readonly privateKey: JWK
  readonly publicKey: JWK
  /** Absolute where `data` is. */
  readonly path: string
}

export interface DevelopmentToken {
  readonly issuer: string
  /** Null = none. */
  readonly audience: string | null
  /** Claims beside `iss`, `aud`, `iat` and `exp`; `sub` among them. */
  readonly claims: Readonly<Record<string, unknown>>
  /** Default: 3600. */
  readonly lifetimeSeconds?: number
  /** Media type of the token. Default: JWT. */
  readonly typ?: string
}

/**
 * The key of a development issuer, made at the first call. Safe to call from several processes at once: all get one key.
 * Throws Error for a file that others may read, or that holds no private key.
 * @param data the gateway's data folder
 */
export async function ensureDevelopmentKey (data: string, issuer: string): Promise<DevelopmentKey> {
  const folder = join(data, 'issuer')
  const path = join(folder, `${createHash('sha256').update(issuer).digest('hex').slice(0, 16)}.jwk`)
  return await read(path) ?? await make(folder, path)
}

/** A signed token (ES256) of a development issuer. */
export async function signDevelopmentToken (data: string, token: DevelopmentToken): Promise<string> {
  const { privateKey } = await ensureDevelopmentKey(data, token.issuer)
  const now = Math.floor(Date.now() / 1000)
  return await new SignJWT({ ...token.claims, iss: token.issuer, ...token.audience === null ? {} : { aud: token.audience }, iat: now, exp: now + (token.lifetimeSeconds ?? 3600) })
    .setProtectedHeader({ alg: 'ES256', typ: token.typ ?? 'JWT', ...(privateKey.kid === undefined ? {} : { kid: privateKey.kid }) })
    .sign(await importJWK(privateKey, 'ES256'))
}

async function read (path: string): Promise<DevelopmentKey | null> {
  const file = await open(path, 'r').catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === 'ENOENT') return null
    throw thrown
  })
  if (file === null) return null
  try {
    const { mode } = await file.stat()
    if ((mode & 0o077) !== 0) throw new Error('the development issuer\'s key can be read by others: make it 0600')
    return keyFrom(JSON.parse(await file.readFile('utf8')) as JWK, path)
  } finally {
    await file.close()
  }
}

function keyFrom (privateKey: JWK, path: string): DevelopmentKey {
  const { d, kty, crv, x, y, kid, alg, use } = privateKey
  const isWhole = kty === 'EC' && crv === 'P-256' && [d, x, y, kid].every(part => typeof part === 'string')
  if (!isWhole) throw new Error('the development issuer\'s key file holds no private P-256 key')
  return { privateKey, publicKey: { kty, crv, x, y, kid, alg, use } as JWK, path }
}

/** Written whole beside its place and linked there: who comes second finds the first one's key. */
async function make (folder: string, path: string): Promise<DevelopmentKey> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  const jwk: JWK = { ...await exportJWK(privateKey), kid: randomUUID(), alg: 'ES256', use: 'sig' }
  const beside = `${path}.${randomUUID()}`
  const file = await open(beside, 'wx', 0o600)
  try {
    await file.writeFile(`${JSON.stringify(jwk)}\n`)
    await file.sync()
    await link(beside, path).catch((thrown: NodeJS.ErrnoException) => {
      if (thrown.code !== 'EEXIST') throw thrown
    })
  } finally {
    await file.close()
    await rm(beside, { force: true })
  }
  return keyFrom(JSON.parse(await readFile(path, 'utf8')) as JWK, path)
}

/**
 * The public keys of one issuer as they stand: fetched on first need, fetched again when they grow old or a token names a
 * key that is not there, and kept while the issuer cannot be reached.
 */
import { createHash, type KeyObject } from 'node:crypto'
import { importJWK, type CryptoKey, type JWK } from 'jose'
import { invalid, refusal } from '../claims/refusal.ts'
import type { LoadKeys } from './source.ts'

/** A key unknown to us never causes more than one fetch in this time. */
export const coolDownMs = 30_000
/** After a failed fetch the next one waits this long. */
export const retryMs = 2000
/** Keys older than this are fetched again beside the requests that use them. */
export const refreshMs = 10 * 60_000
/** Keys older than this are not used any more, whatever the issuer's state. */
export const staleMs = 24 * 3_600_000

/** What a token says of the key that signed it. */
export interface KeyQuery { readonly algorithm: string, readonly keyId: string | null }

/** At least one key, and the version of the set they are from. */
export interface FoundKeys { readonly keys: ReadonlyArray<CryptoKey | KeyObject>, readonly version: string }

/** Keys by which an issuer's tokens are verified. */
export interface VerifyingKeys {
  /** Changes when the keys do: what was verified under another version no longer counts. Null while there are none. */
  version (): string | null
  /** Keys that may have signed. Throws GW_IDENTITY_KEYS_UNAVAILABLE, or GW_IDENTITY_INVALID for a key nobody has. */
  find (query: KeyQuery): Promise<FoundKeys>
  /** Looks for new keys because a token's is not among them. True where they changed. */
  renew (): Promise<boolean>
}

interface KeySet {
  readonly keys: readonly JWK[]
  readonly digest: string
  readonly atMs: number
  readonly imported: Map<string, Promise<CryptoKey | null>>
  /** What was found before, by algorithm and key id: only keys that are there, so that strangers cannot fill it. */
  readonly found: Map<string, FoundKeys>
}

export class IssuerKeys implements VerifyingKeys {
  readonly #load: LoadKeys
  readonly #nowMs: () => number
  readonly #failed: (thrown: unknown) => void
  #current: KeySet | null = null
  #loading: Promise<void> | null = null
  #failedAtMs = -Infinity
  #missedAtMs = -Infinity

  /**
   * @param nowMs a clock that never goes back
   * @param failed hears of every fetch that failed
   */
  constructor (load: LoadKeys, nowMs: () => number, failed: (thrown: unknown) => void) {
    this.#load = load
    this.#nowMs = nowMs
    this.#failed = failed
  }

  /** Starts a refresh where one is due. */
  version (): string | null {
    this.#refreshWhenOld()
    return this.#usable()?.digest ?? null
  }

  async find (query: KeyQuery): Promise<FoundKeys> {
    const before = this.#usable()?.found.get(nameOf(query))
    if (before === undefined) return await this.#look(query)
    this.#refreshWhenOld()
    return before
  }

  async #look (query: KeyQuery): Promise<FoundKeys> {
    const isCold = this.#usable() === null
    if (isCold) await this.#fetchCold()
    else this.#refreshWhenOld()
    const found = await this.#match(query)
    if (found !== null) return found
    if (isCold) this.#missedAtMs = this.#nowMs()
    else await this.renew()
    const renewed = await this.#match(query)
    if (renewed !== null) return renewed
    if (this.#failedAtMs > (this.#current?.atMs ?? -Infinity)) throw unavailable()
    throw invalid('no key of the issuer fits alg and kid')
  }

  /** Fetches the keys because a token's is not among them. True where they changed; at most once a cool-down. */
  async renew (): Promise<boolean> {
    const before = this.#current?.digest
    if (this.#nowMs() - this.#missedAtMs >= coolDownMs) {
      this.#missedAtMs = this.#nowMs()
      await this.#fetch()
    } else if (this.#loading !== null) {
      await this.#loading
    }
    return this.#current?.digest !== before
  }

  #usable (): KeySet | null {
    return this.#current !== null && this.#nowMs() - this.#current.atMs < staleMs ? this.#current : null
  }

  async #fetchCold (): Promise<void> {
    if (this.#loading !== null || this.#nowMs() - this.#failedAtMs >= retryMs) await this.#fetch()
    if (this.#usable() === null) throw unavailable()
  }

  #refreshWhenOld (): void {
    const isOld = this.#current !== null && this.#nowMs() - this.#current.atMs >= refreshMs
    if (isOld && this.#nowMs() - this.#failedAtMs >= coolDownMs) this.#fetch().catch(() => {}) // it never rejects
  }

  /** One fetch at a time; whoever comes meanwhile waits for the same. Never rejects. */
  async #fetch (): Promise<void> {
    this.#loading ??= this.#loadOnce().finally(() => { this.#loading = null })
    await this.#loading
  }

  async #loadOnce (): Promise<void> {
    try {
      const keys = await this.#load()
      const digest = createHash('sha256').update(JSON.stringify(keys)).digest('hex')
      const { imported, found } = digest === this.#current?.digest ? this.#current : { imported: new Map<string, Promise<CryptoKey | null>>(), found: new Map<string, FoundKeys>() }
      this.#current = { keys, digest, atMs: this.#nowMs(), imported, found }
    } catch (thrown) {
      this.#failedAtMs = this.#nowMs()
      this.#failed(thrown)
    }
  }

  async #match (query: KeyQuery): Promise<FoundKeys | null> {
    const set = this.#current
    if (set === null) return null
    const fitting = set.keys.filter(key => fits(key, query))
    const imported = await Promise.all(fitting.map(async key => await importOnce(set, key, query.algorithm)))
    const keys = imported.filter(key => key !== null)
    if (keys.length === 0) return null
    const found = { keys, version: set.digest }
    set.found.set(nameOf(query), found)
    return found
  }
}

function nameOf ({ algorithm, keyId }: KeyQuery): string {
  return keyId === null ? algorithm : `${algorithm} ${keyId}`
}

function unavailable (): Error {
  return refusal('GW_IDENTITY_KEYS_UNAVAILABLE', 'the keys of the issuer cannot be had')
}

/** RFC 7517 section 4: the key must be for signatures, of the algorithm's type, and the one that is named. */
function fits (key: JWK, { algorithm, keyId }: KeyQuery): boolean {
  const isNamed = keyId === null || key.kid === keyId
  const isForIt = (key.alg === undefined || key.alg === algorithm) && keyTypeOf(algorithm).includes(`${key.kty} ${key.crv ?? ''}`.trim())
  const isForVerifying = (key.use === undefined || key.use === 'sig') && (key.key_ops === undefined || key.key_ops.includes('verify'))
  return isNamed && isForIt && isForVerifying
}

function keyTypeOf (algorithm: string): readonly string[] {
  switch (algorithm) {
    case 'ES256': return ['EC P-256']
    case 'ES384': return ['EC P-384']
    case 'ES512': return ['EC P-521']
    case 'EdDSA': case 'Ed25519': return ['OKP Ed25519']
    default: return /^(RS|PS)(256|384|512)$/.test(algorithm) ? ['RSA'] : []
  }
}

function importOnce (set: KeySet, key: JWK, algorithm: string): Promise<CryptoKey | null> {
  const name = `${algorithm} ${set.keys.indexOf(key)}`
  let imported = set.imported.get(name)
  if (imported === undefined) {
    imported = importPublic(key, algorithm)
    set.imported.set(name, imported)
  }
  return imported
}

/** Shorter RSA keys are not used (RFC 7518 section 3.3). */
const leastRsaBits = 2048

/** Null for a key that cannot be used. Whatever is private in it is left out. */
async function importPublic ({ kty, crv, x, y, n, e }: JWK, algorithm: string): Promise<CryptoKey | null> {
  const parts = Object.fromEntries(Object.entries({ kty, crv, x, y, n, e }).filter(([, part]) => part !== undefined)) as JWK
  try {
    const key = await importJWK(parts, algorithm)
    return key instanceof Uint8Array || isShort(key) ? null : key
  } catch {
    return null
  }
}

function isShort ({ algorithm }: CryptoKey): boolean {
  return 'modulusLength' in algorithm && Number(algorithm.modulusLength) < leastRsaBits
}

/** The header values by which a caller may be identified, from one pass over the headers as they came. */

/** Every value in the order sent: Node keeps only the first of a repeated one, the raw list has all. */
export interface Presented {
  readonly authorization: readonly string[]
  readonly apiKeys: readonly string[]
  readonly proofs: readonly string[]
  readonly transaction: readonly string[]
  readonly identity: readonly string[]
  readonly proof: readonly string[]
  /** The caller's certificate and the rest of its chain, where a proxy hands them on. */
  readonly certificate: readonly string[]
  readonly chain: readonly string[]
}

type Place = keyof Presented

const none: readonly string[] = Object.freeze([])

const carriers: ReadonlyMap<string, Place> = new Map([
  ['authorization', 'authorization'],
  ['x-api-key', 'apiKeys'],
  ['api-key', 'apiKeys'],
  ['dpop', 'proofs'],
  ['txn-token', 'transaction'],
  ['workload-identity-token', 'identity'],
  ['workload-proof-token', 'proof']
])

/** Headers in which a credential may stand: none of them goes on to an endpoint. */
export const carrierNames: readonly string[] = Object.freeze([...carriers.keys()])

interface Carriers { readonly names: ReadonlyMap<string, Place>, readonly lengths: ReadonlySet<number> }

/** By the header of certificates: a process has one, or a few one after another. */
const known = new Map<string | null, Carriers>()

function carriersWith (certificateHeader: string | null): Carriers {
  const before = known.get(certificateHeader)
  if (before !== undefined) return before
  const certificates: ReadonlyArray<readonly [string, Place]> = certificateHeader === null ? [] : [[certificateHeader, 'certificate'], [`${certificateHeader}-chain`, 'chain']]
  const names = new Map([...carriers, ...certificates])
  const made = { names, lengths: new Set([...names.keys()].map(name => name.length)) }
  known.set(certificateHeader, made)
  return made
}

/**
 * @param raw names and values in turn, as Node has them
 * @param certificateHeader in which proxies hand certificates on, lower case; null = none
 */
export function readPresented (raw: readonly string[], certificateHeader: string | null): Presented {
  const { names, lengths } = carriersWith(certificateHeader)
  const presented: Record<Place, readonly string[]> = { authorization: none, apiKeys: none, proofs: none, transaction: none, identity: none, proof: none, certificate: none, chain: none }
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = raw[index] ?? ''
    const place = lengths.has(name.length) ? names.get(name.toLowerCase()) : undefined
    if (place !== undefined) presented[place] = presented[place] === none ? [raw[index + 1] ?? ''] : [...presented[place], raw[index + 1] ?? '']
  }
  return presented
}

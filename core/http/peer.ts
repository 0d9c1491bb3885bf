/** Who holds the connection: the caller by its own certificate, or a proxy that hands the caller's on (RFC 9440). */
import { createHash } from 'node:crypto'
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { ListenConfig } from '../config/types.ts'
import type { Presented } from './presented.ts'

export interface Peer {
  /** The caller's verified chain as DER, leaf first; none where it presented none. */
  readonly certificates: readonly Uint8Array[]
  /** True for a certificate that does not verify, and for one handed on by a peer that may not do so. */
  readonly refused: boolean
  /** True for a proxy that is configured as such: it stands for many callers. */
  readonly trusted: boolean
}

const nobody: Peer = Object.freeze({ certificates: [], refused: false, trusted: false })
const refused: Peer = Object.freeze({ certificates: [], refused: true, trusted: false })

export function peerOf (socket: Socket, listen: ListenConfig, { certificate, chain: rest }: Presented): Peer {
  const held = connectionOf(socket, listen)
  if (listen.clientCertificateHeader === null) return held
  if (!held.trusted) return certificate.length + rest.length === 0 ? held : refused
  const chain = readChain(certificate, rest)
  return chain === null ? { certificates: [], refused: true, trusted: true } : { certificates: chain, refused: false, trusted: true }
}

/** What the connection itself says; looked at once. */
const connections = new WeakMap<object, Peer>()

function connectionOf (socket: Socket, listen: ListenConfig): Peer {
  if (listen.unix !== null) return listen.trustedPeers.users.length > 0 ? trustedProxy : nobody // its file lets nobody else in
  if (!(socket instanceof TLSSocket)) return nobody
  const before = connections.get(socket)
  if (before !== undefined) return before
  const peer = readConnection(socket, listen)
  connections.set(socket, peer)
  return peer
}

const trustedProxy: Peer = Object.freeze({ certificates: [], refused: false, trusted: true })

function readConnection (socket: TLSSocket, { tls, trustedPeers }: ListenConfig): Peer {
  if (tls === null || tls.clientCertificate === 'none') return nobody
  const leaf = socket.getPeerX509Certificate()
  if (leaf === undefined) return nobody
  if (!socket.authorized) return refused
  const chain: Uint8Array[] = []
  for (let certificate: typeof leaf | undefined = leaf; certificate !== undefined && chain.length < 10; certificate = certificate.issuerCertificate) chain.push(certificate.raw)
  const isProxy = trustedPeers.fingerprints.includes(createHash('sha256').update(leaf.raw).digest('hex'))
  return isProxy ? trustedProxy : Object.freeze({ certificates: Object.freeze(chain), refused: false, trusted: false })
}

/** A structured field that holds bytes (RFC 8941 section 3.3.5), without parameters. */
const binaryItem = /^:([A-Za-z0-9+/]+={0,2}):$/

/** Chains by the text of their headers: a proxy sends the same ones over and over. */
const chains = new Map<string, readonly Uint8Array[]>()
const mostChains = 1000

/** Leaf and the rest of the chain; empty where no certificate was handed on, null for what is not in the form of RFC 9440. */
function readChain (leaf: readonly string[], rest: readonly string[]): readonly Uint8Array[] | null {
  if (leaf.length === 0 && rest.length === 0) return []
  if (leaf.length !== 1) return null
  const name = [...leaf, ...rest].join('\n')
  const before = chains.get(name)
  if (before !== undefined) return before
  const items = [...leaf, ...rest.flatMap(value => value.split(',').map(item => item.trim()))].map(bytesOf)
  if (items.includes(null) || items.length > 10) return null
  if (chains.size >= mostChains) chains.clear()
  const chain = Object.freeze(items.filter(item => item !== null))
  chains.set(name, chain)
  return chain
}

function bytesOf (item: string): Uint8Array | null {
  const [, base64] = binaryItem.exec(item) ?? []
  return base64 === undefined ? null : Buffer.from(base64, 'base64')
}

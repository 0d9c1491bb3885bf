/** Which network addresses are inside: loopback, private, link-local and the like (RFC 6890). */
import { BlockList, isIP } from 'node:net'

const inside = new BlockList()
for (const [network, prefix] of [
  ['0.0.0.0', 8], ['10.0.0.0', 8], ['100.64.0.0', 10], ['127.0.0.0', 8], ['169.254.0.0', 16], ['172.16.0.0', 12],
  ['192.0.0.0', 24], ['192.168.0.0', 16], ['198.18.0.0', 15], ['224.0.0.0', 4], ['240.0.0.0', 4]
] as const) inside.addSubnet(network, prefix, 'ipv4')
for (const [network, prefix] of [
  ['::', 128], ['::1', 128], ['64:ff9b::', 96], ['64:ff9b:1::', 48], ['fc00::', 7], ['fe80::', 10], ['fec0::', 10], ['ff00::', 8], ['2002::', 16]
] as const) inside.addSubnet(network, prefix, 'ipv6')

/** True for an address that no URL learned from outside may lead to; anything that is no address counts as one. */
export function isInside (address: string): boolean {
  const family = isIP(address)
  if (family === 0) return true
  return inside.check(address, family === 6 ? 'ipv6' : 'ipv4') // BlockList looks into IPv4-mapped IPv6 itself
}

/** A URL's hostname without the brackets of an IPv6 address. */
export function bareHost (hostname: string): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname
}

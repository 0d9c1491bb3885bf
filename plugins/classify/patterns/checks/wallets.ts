/** Addresses of crypto-currencies carry checks of their own. */
import { createHash } from 'node:crypto'

const base58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'

/** Base58Check: the last four bytes are the first of a double SHA-256. */
export function isBase58Check (text: string): boolean {
  let number = 0n
  for (const unit of text) {
    const value = base58.indexOf(unit)
    if (value === -1) return false
    number = number * 58n + BigInt(value)
  }
  const bytes = Buffer.from(number.toString(16).padStart(50, '0'), 'hex')
  if (bytes.length !== 25) return false
  const sha = (data: Uint8Array): Buffer => createHash('sha256').update(data).digest()
  return sha(sha(bytes.subarray(0, 21))).subarray(0, 4).equals(bytes.subarray(21))
}

const bech32 = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l'
const generator = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3]

/** Bech32 (BIP 173) and Bech32m (BIP 350). */
export function isBech32 (text: string): boolean {
  if (text !== text.toLowerCase() && text !== text.toUpperCase()) return false
  const plain = text.toLowerCase()
  const split = plain.lastIndexOf('1')
  const prefix = [...plain.slice(0, split)].map(unit => unit.charCodeAt(0))
  const data = [...plain.slice(split + 1)].map(unit => bech32.indexOf(unit))
  const checked = polymod([...prefix.map(code => code >> 5), 0, ...prefix.map(code => code & 31), ...data])
  return !data.includes(-1) && (checked === 1 || checked === 0x2bc830a3)
}

function polymod (values: readonly number[]): number {
  let check = 1
  for (const value of values) {
    const top = check >>> 25
    check = ((check & 0x1ffffff) << 5) ^ value
    generator.forEach((mask, bit) => { if ((top >> bit & 1) === 1) check ^= mask })
  }
  return check >>> 0
}

/** Mixed case is the check of EIP-55, which Keccak makes and Node's SHA-3 does not: that it is mixed is all that is asked. */
export function isEthereum (text: string): boolean {
  const letters = text.slice(2).replace(/[^A-Za-z]/g, '')
  return letters.length > 4 && letters !== letters.toLowerCase() && letters !== letters.toUpperCase() && new Set(text.slice(2)).size > 6
}

/** The operator `generalise`: a value becomes a coarser one that is still of use. What has no coarser form becomes its type. */
import { isIPv4, isIPv6 } from 'node:net'
import { typeWord } from './type-word.ts'

/** From labels, by their last word, to what is left of a value; null where it cannot be told. */
const coarser: Readonly<Record<string, (value: string) => string | null>> = {
  date_of_birth: yearOf,
  ip_address: networkOf,
  email_address: value => /@([^@\s]{1,253})$/.exec(value)?.[1] ?? null,
  uk_postcode: value => /^[A-Z]{1,2}\d[A-Z\d]?/i.exec(value)?.[0] ?? null,
  us_zip_code: value => /^\d{3}/.test(value) ? `${value.slice(0, 3)}xx` : null,
  age: value => bandOf(Number(/\d{1,3}/.exec(value)?.[0] ?? NaN)),
  icd10_code: value => /^[A-Z]\d[0-9A-Z]/i.exec(value)?.[0] ?? null
}

export function generalise (label: string, value: string): string {
  const plain = value.normalize('NFKC').replace(/\p{Default_Ignorable_Code_Point}/gu, '').trim()
  const left = coarser[label.slice(label.lastIndexOf('.') + 1)]?.(plain) ?? null
  return left === null ? `[${typeWord(label)}]` : `[${typeWord(label)}: ${left}]`
}

/** The year that a written day names. */
function yearOf (value: string): string | null {
  const [year] = /(?<!\d)(?:19|20)\d{2}(?!\d)/.exec(value) ?? []
  return year ?? null
}

/** The /24 of an IPv4 address, the /48 of an IPv6 one. */
function networkOf (value: string): string | null {
  const address = value.replace(/[/%].*$/, '')
  if (isIPv4(address)) return `${address.split('.').slice(0, 3).join('.')}.0/24`
  if (!isIPv6(address) || address.includes('.')) return null
  const [head = '', tail] = address.split('::')
  const groups = head === '' ? [] : head.split(':')
  const missing = tail === undefined ? 0 : 8 - groups.length - (tail === '' ? 0 : tail.split(':').length)
  const first = [...groups, ...new Array<string>(missing).fill('0'), ...(tail ?? '').split(':').filter(group => group !== '')].slice(0, 3)
  return `${first.map(group => group.toLowerCase().replace(/^0+(?=.)/, '')).join(':')}::/48`
}

/** Ten years. From 90 on all are one (45 CFR 164.514(b)). */
function bandOf (age: number): string | null {
  if (!Number.isInteger(age) || age > 130) return null
  if (age >= 90) return '90 or older'
  const first = Math.floor(age / 10) * 10
  return `${first} to ${first + 9}`
}

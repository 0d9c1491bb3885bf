/** How people and machines are reached: `pii`. */
import { isIPv6 } from 'node:net'
import { digitsOf, weighed, type Detector, type Surroundings } from '../detector.ts'

/** Last labels that are file names far more often than domains (`icon@2x.png`). */
const fileEndings = new Set(['png', 'jpg', 'jpeg', 'gif', 'svg', 'webp', 'css', 'js', 'mjs', 'ts', 'tsx', 'jsx', 'json', 'html', 'xml', 'yaml', 'yml', 'toml', 'lock', 'log', 'txt', 'exe', 'dll', 'class', 'local'])

function weighEmail (value: string): number {
  const ending = value.slice(value.lastIndexOf('.') + 1).toLowerCase()
  const isMade = /^\.|\.\.|\.@|^git@/.test(value)
  return isMade || fileEndings.has(ending) ? 0 : 900
}

const phoneWords = ['phone', 'phone number', 'telephone', 'tel', 'mobile', 'cell', 'fax', 'call', 'call me', 'whatsapp', 'sms', 'text me', 'reach me', 'contact number', 'hotline', 'dial', 'telefon', 'telefonnummer', 'handy', 'mobil', 'rufnummer', 'telefono', 'movil', 'portable']

/** North American area and exchange codes: no leading 0 or 1, and no N11. */
function isNorthAmerican (digits: string): boolean {
  const national = digits.length === 11 && digits.startsWith('1') ? digits.slice(1) : digits
  return /^[2-9](?!11)\d{2}[2-9](?!11)\d{6}$/.test(national) && !/^(\d)\1{9}$/.test(national)
}

function weighNorthAmerican (value: string, surroundings: Surroundings): number {
  if (!isNorthAmerican(digitsOf(value.replace(/ ?(?:x|ext\.?) ?\d{1,5}$/, '')))) return 0
  if (surroundings.near) return 850
  if (/^\+?1?[ .-]?\(/.test(value) || /^1[-.]/.test(value)) return 700
  return /^\d{3}([-.])\d{3}\1\d{4}$/.test(value) ? 600 : 0
}

function weighInternational (value: string, surroundings: Surroundings): number {
  const digits = digitsOf(value).replace(/^00/, '')
  if (digits.length < 8 || digits.length > 15) return 0
  if (digits.startsWith('1') && digits.length !== 11) return 0
  return weighed(surroundings, 900, 800)
}

/** A number with its trunk 0, as most of Europe writes it. */
function weighNational (value: string, surroundings: Surroundings): number {
  const { length } = digitsOf(value)
  if (length < 8 || length > 12) return 0
  const isFrench = /^0[1-9](?:([ .-])\d{2})(?:\1\d{2}){3}$/.test(value)
  const isBritish = /^(?:07\d{3} \d{3} ?\d{3}|020 \d{4} \d{4}|0\d{3} \d{3} \d{4}|01\d{3} \d{6})$/.test(value)
  return weighed(surroundings, 800, isFrench || isBritish ? 600 : 0)
}

function weighIpv4 (value: string): number {
  return /^(?:127\.|0\.|255\.255\.)/.test(value) ? 400 : 900
}

function weighIpv6 (value: string): number {
  const address = value.replace(/[/%].{0,40}$/, '')
  if (!isIPv6(address)) return 0
  const groups = address.split(':').filter(group => group !== '').length
  return groups < 2 ? 400 : groups < 3 && !/[0-9]{2}/.test(address) ? 550 : 900
}

/** The pattern runs on into a full stop or a colon of the sentence. */
function trimIpv6 (value: string): number {
  return /[^:]:$|\.$/.test(value) ? value.length - 1 : value.length
}

/** Six pairs, one separator throughout, not all zero and not all ones. */
function weighMac (value: string): number {
  return /^[0-9A-Fa-f]{2}([:-])(?:[0-9A-Fa-f]{2}\1){4}[0-9A-Fa-f]{2}$/.test(value) && /[1-9a-e]/i.test(value) ? 850 : 0
}

export const contact: readonly Detector[] = [
  {
    label: 'pii.email_address',
    anchor: { kind: 'at' },
    pattern: /(?<!:\/\/[^\s:@/]{0,64}:[^\s@/]{1,128})(?<=(?<![\p{L}\p{N}._%+-])(?<before>[\p{L}\p{N}_%+'.!#$&*=?^`{|}~-]{0,63}[\p{L}\p{N}_%+-]))@(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?\.){1,8}(?:xn--[A-Za-z0-9-]{2,59}|\p{L}{2,24})(?![\p{L}\p{N}_-])/uy,
    weigh: weighEmail
  },
  {
    label: 'pii.phone_number',
    anchor: { kind: 'digits' },
    fewestDigits: 7,
    pattern: /(?<=(?<![\w+])(?<before>\+|\+ ))[1-9](?:[ .\-()/]{0,2}\d){6,14}(?![\d\w])/y,
    context: phoneWords,
    weigh: weighInternational
  },
  {
    label: 'pii.phone_number',
    anchor: { kind: 'digits' },
    fewestDigits: 7,
    pattern: /(?<!\+|\d[-.])00[1-9](?:[ .\-()/]{0,2}\d){7,14}(?![\d\w])/y,
    context: phoneWords,
    weigh: (value, surroundings) => surroundings.near ? weighInternational(value, surroundings) : 0
  },
  {
    label: 'pii.phone_number',
    anchor: { kind: 'digits' },
    fewestDigits: 7,
    pattern: /(?<![\d][-.+])(?<=(?<before>\(?))(?:1[ .-]?)?\(?[2-9]\d{2}\)?[ .\-/]{0,2}[2-9]\d{2}[ .-]?\d{4}(?: ?(?:x|ext\.?) ?\d{1,5})?(?![\w]|[-.]\d)/y,
    context: phoneWords,
    weigh: weighNorthAmerican
  },
  {
    label: 'pii.phone_number',
    anchor: { kind: 'digits' },
    fewestDigits: 7,
    pattern: /(?<![\d][-.+])(?<=(?<before>\(?))0[1-9](?:[ .\-()/]{0,2}\d){6,10}(?![\w]|[-.]\d)/y,
    context: phoneWords,
    weigh: weighNational
  },
  {
    label: 'pii.ip_address',
    anchor: { kind: 'digits' },
    pattern: /(?<![\w][.-]|[.\d])(?<!(?:version|ver|release|firmware|section|chapter|oid|v)[ :.=]{1,2})(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)\.){3}(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\/(?:3[0-2]|[12]?\d))?(?![\w]|[.]\d)/iy,
    weigh: weighIpv4
  },
  {
    label: 'pii.ip_address',
    anchor: { kind: 'digits' },
    pattern: /(?<=(?<before>(?<![0-9A-Za-z:.]):{0,2}))[0-9A-Fa-f]{1,4}:[0-9A-Fa-f:.]{1,44}(?:%[A-Za-z0-9]{1,16})?(?:\/\d{1,3})?(?![0-9A-Za-z:])/y,
    trim: trimIpv6,
    weigh: weighIpv6
  },
  {
    label: 'pii.ip_address',
    anchor: { kind: 'digits' },
    pattern: /(?<=:)(?<=(?<before>(?<![0-9A-Za-z:.])[0-9A-Fa-f:]{1,40}))[0-9A-Fa-f]{1,4}(?![0-9A-Za-z])[0-9A-Fa-f:.]{0,44}(?:%[A-Za-z0-9]{1,16})?(?:\/\d{1,3})?(?![0-9A-Za-z:])/y,
    trim: trimIpv6,
    weigh: weighIpv6
  },
  {
    label: 'pii.device.mac_address',
    anchor: { kind: 'digits' },
    pattern: /(?<![0-9A-Za-z][:-]?)[0-9A-Fa-f]{2}([:-])(?:[0-9A-Fa-f]{2}\1){4}[0-9A-Fa-f]{2}(?![0-9A-Za-z:-])/y,
    weigh: weighMac
  },
  {
    label: 'pii.device.mac_address',
    anchor: { kind: 'digits' },
    pattern: /(?<=[:-])(?<=(?<before>(?<![0-9A-Za-z:-])(?:[A-Fa-f]{2}[:-]){1,5}))[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){0,4}(?![0-9A-Za-z:-])/y,
    weigh: weighMac
  }
]

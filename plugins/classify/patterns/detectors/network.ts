/** Addresses of machines, and numbers of devices and vehicles. */
import { isIPv6 } from 'node:net'
import { isOneDigit, luhn } from '../checks/digits.ts'
import { digitsOf, weighed, type Detector, type Surroundings } from '../detector.ts'
import { groups, numbered } from '../shapes.ts'

/** Resolvers that everyone knows, which look like the number of a section. */
const knownHosts = new Set(['1.1.1.1', '8.8.8.8', '8.8.4.4', '9.9.9.9', '1.0.0.1'])

/** Words that say what four small numbers are; `address` or `from` do not. */
const sayIp = new Set(['ip', 'ip address', 'ipaddress', 'client ip', 'clientip', 'ipv4', 'addr', 'remote', 'host', 'server', 'gateway', 'dns', 'ping', 'ssh', 'subnet', 'cidr', 'listen', 'connect'])

/** This host, no host, and masks name nobody; four small numbers are those of a section, or of an object identifier, unless a word says otherwise. */
function weighIpv4 (value: string, { word }: Surroundings): number {
  if (/^(?:127\.|0\.|255\.)/.test(value)) return 400
  const isSection = /^(?:2\.5\.(?:4|29)|1\.3\.6)\./.test(value) || (!value.startsWith('10.') && !value.includes('/') && !knownHosts.has(value) && value.split('.').every(part => Number(part) < 26))
  return isSection && (word === null || !sayIp.has(word)) ? 300 : 900
}

function weighIpv6 (value: string): number {
  const address = value.replace(/[/%].{0,40}$/, '')
  if (!isIPv6(address)) return 0
  const parts = address.split(':').filter(group => group !== '').length
  return parts < 2 ? 400 : parts < 3 && !/[0-9]{2}/.test(address) ? 550 : 900
}

/** The pattern runs on into a full stop or a colon of the sentence. */
function trimIpv6 (value: string): number {
  return /[^:]:$|\.$/.test(value) ? value.length - 1 : value.length
}

/** Six pairs, one separator throughout, not all zero and not all ones. Decimal digits alone may be a time. */
function weighMac (value: string, { near }: Surroundings): number {
  if (!/^[0-9A-Fa-f]{2}([:-])(?:[0-9A-Fa-f]{2}\1){4}[0-9A-Fa-f]{2}$/.test(value) || !/[1-9a-e]/i.test(value)) return 0
  return near || /[a-f]/i.test(value) ? 850 : 400
}

const macWords = ['mac', 'mac address', 'hardware address', 'ether', 'ethernet', 'bssid', 'wifi', 'bluetooth']

/** Values and weights of ISO 3779, the check digit at the ninth place. */
function isVin (value: string): boolean {
  const weights = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2]
  const values: Readonly<Record<string, number>> = { A: 1, B: 2, C: 3, D: 4, E: 5, F: 6, G: 7, H: 8, J: 1, K: 2, L: 3, M: 4, N: 5, P: 7, R: 9, S: 2, T: 3, U: 4, V: 5, W: 6, X: 7, Y: 8, Z: 9 }
  const plain = value.toUpperCase()
  const sum = weights.reduce((total, weight, index) => total + weight * (values[plain.charAt(index)] ?? Number(plain.charAt(index))), 0) % 11
  return (sum === 10 ? 'X' : String(sum)) === plain.charAt(8) && /[A-Z]/.test(plain) && /\d/.test(plain)
}

export const network: readonly Detector[] = [
  {
    label: 'pii.ip_address',
    anchor: { kind: 'digits' },
    fewestDigits: 4,
    pattern: /(?<![\w][.-]|[.\d@])(?<!(?:version|ver|release|firmware|section|chapter|oid|build|kernel|upgraded? to|updated? to|v)[ :.=]{1,2}|[\^~]|[a-z]\/)(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)\.){3}(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\/(?:3[0-2]|[12]?\d))?(?![\w]|[.]\d|-[a-z])/iy,
    context: ['ip', 'ip address', 'address', 'host', 'server', 'client', 'client ip', 'remote', 'addr', 'gateway', 'dns', 'ping', 'ssh', 'from', 'connect', 'listen', 'subnet', 'cidr', 'network', 'ipv4'],
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
    context: macWords,
    weigh: weighMac
  },
  {
    label: 'pii.device.mac_address',
    anchor: { kind: 'digits' },
    pattern: /(?<=[:-])(?<=(?<before>(?<![0-9A-Za-z:-])(?:[A-Fa-f]{2}[:-]){1,5}))[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){0,4}(?![0-9A-Za-z:-])/y,
    context: macWords,
    weigh: weighMac
  },
  {
    label: 'pii.device.mac_address',
    anchor: { kind: 'digits' },
    pattern: /[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}(?![\w]|\.[0-9A-Fa-f])/y,
    context: macWords,
    needs: 'near',
    weigh: value => /[1-9a-e]/i.test(value) ? 850 : 0
  },
  {
    label: 'pii.device.mac_address',
    anchor: { kind: 'digits' },
    pattern: /[0-9A-Fa-f]{12}(?![\w])/y,
    context: macWords,
    needs: 'named',
    weigh: value => /[1-9a-e]/i.test(value) ? 800 : 0
  },
  ...numbered({
    label: 'pii.device.imei',
    digits: 15,
    written: groups([2, 6, 6, 1], '- '),
    holds: digits => luhn(digits) && !isOneDigit(digits),
    near: 950,
    context: ['imei', 'imei number', 'device', 'handset', 'serial', 'mobile', 'phone']
  }),
  {
    label: 'pii.device.vin',
    anchor: { kind: 'digits' },
    fewestDigits: 3,
    pattern: /[A-HJ-NPR-Za-hj-npr-z0-9]{17}(?![\w])/y,
    context: ['vin', 'vehicle identification', 'vehicle', 'chassis', 'fahrgestellnummer', 'car'],
    weigh: (value, surroundings) => isVin(value) ? weighed(surroundings, 950, value === value.toUpperCase() && digitsOf(value).length > 4 ? 600 : 0) : 0
  }
]

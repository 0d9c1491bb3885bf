/** Telephone numbers: `pii.phone_number`. Google's numbering plans (libphonenumber) say which exist. */
import { parsePhoneNumberFromString, type CountryCode } from 'libphonenumber-js/max'
import { digitsOf, weighed, type Detector, type Surroundings } from '../detector.ts'

const context = [
  'phone', 'phone number', 'telephone', 'tel', 'mobile', 'mobile number', 'cell', 'cellphone', 'cell phone', 'fax', 'call', 'call me', 'call us', 'called', 'whatsapp', 'sms', 'text me', 'reach me', 'reach us', 'reach him', 'reach her', 'reach out', 'contact number', 'contact',
  'hotline', 'dial', 'landline', 'voicemail', 'telefon', 'telefonnummer', 'handy', 'handynummer', 'mobil', 'rufnummer', 'anrufen', 'telefono', 'movil', 'celular', 'cellulare', 'portable', 'telephone portable', 'appelez', 'telefone', 'telemovel', 'telefoon', 'puhelin'
]

/** National numbers without a trunk digit: Spain and Portugal, Poland, India, Italy, Brazil, China, Mexico, and eight digits as the north and Asia have. */
const national = /^(?:[6-9]\d{8}|[4-8]\d{8}|[6-9]\d{9}|3\d{8,9}|[1-9]{2}9?\d{8}|1[3-9]\d{9}|[1-9]\d{9}|[2-9]\d{7})$/

/** Those whose plan is narrow enough that a number in groups says it by itself. */
const narrow: readonly CountryCode[] = ['GB', 'FR', 'AU', 'NL', 'IE', 'BE', 'IL']

/** Years from one to another, and American postal codes, which both look like telephone numbers. */
const otherNumber = /^(?:(?:19|20)\d\d ?[-/] ?(?:19|20)\d\d|0?\d{5}-\d{4})$/

function isValid (value: string, country?: CountryCode): boolean {
  return parsePhoneNumberFromString(value, country === undefined ? { extract: false } : { defaultCountry: country, extract: false })?.isValid() === true
}

function isPossible (value: string): boolean {
  return parsePhoneNumberFromString(value, { extract: false })?.isPossible() === true
}

/** North American area and exchange codes: no leading 0 or 1, and no N11. */
function isNorthAmerican (digits: string): boolean {
  const national = digits.length === 11 && digits.startsWith('1') ? digits.slice(1) : digits
  return /^[2-9](?!11)\d{2}[2-9]\d{6}$/.test(national) && !/^(\d)\1{9}$/.test(national)
}

const extension = / ?(?:x|ext\.?|extension) ?\d{1,6}$/i

function weighNorthAmerican (value: string, { near }: Surroundings): number {
  const bare = value.replace(extension, '')
  if (!isNorthAmerican(digitsOf(bare).replace(/^001/, ''))) return near ? 700 : 0
  if (near) return 860
  if (/\(\d{3}\)/.test(bare) || /^(?:001|1)[-. ]/.test(bare) || bare !== value) return 690
  return /^\d{3}([-.])\d{3}\1\d{4}$/.test(bare) ? 650 : /^\d{3}[ -]\d{3}[- ]\d{4}$/.test(bare) ? 560 : 0
}

function weighInternational (value: string, surroundings: Surroundings): number {
  const number = `+${digitsOf(value.replace('(0)', '').replace(extension, '')).replace(/^00/, '')}`
  if (number.length < 9 || number.length > 16) return 0
  if (value.startsWith('+ ') && !surroundings.near) return 0 // a sum
  if (number.startsWith('+1') ? number.length === 12 && isNorthAmerican(number.slice(1)) : isValid(number)) return weighed(surroundings, 950, 850)
  return isPossible(number) ? weighed(surroundings, 850, 650) : 0
}

/** A number with its trunk 0, as most of the world writes it. */
function weighTrunk (value: string, { near }: Surroundings): number {
  const { length } = digitsOf(value)
  if (length < 7 || length > 12 || value.indexOf('/') !== value.lastIndexOf('/') || otherNumber.test(value)) return 0
  if (near) return value.startsWith('00') ? 690 : 820
  if (value.startsWith('00')) return 0
  if (!/[ ()/.-]/.test(value.slice(2))) return 0
  return narrow.some(country => isValid(value, country)) ? 620 : /^(?:\(0\d{1,5}\)|0\d{1,5}\/)/.test(value) && isValid(value, 'DE') ? 600 : 0
}

/** A number that a word names: whatever it looks like, if it is one somewhere. */
function weighNamed (value: string): number {
  const { length } = digitsOf(value)
  if (otherNumber.test(value) || /^\d{4,}\.\d+$/.test(value)) return 0
  if (length < (/^\d+$/.test(value) ? 8 : 7) || length > 12 || /^(?:19|20)\d\d[-./ ]?[01]\d/.test(value) || /^\d{1,3}(?:\.\d{1,3}){3}$/.test(value)) return 0
  if (/^\d{3,4}[-. ]\d{4}$/.test(value)) return 620
  return national.test(digitsOf(value)) ? 700 : 0
}

function phone (pattern: RegExp, weigh: Detector['weigh'], needs: Pick<Detector, 'needs'> = {}): Detector {
  return { label: 'pii.phone_number', anchor: { kind: 'digits' }, fewestDigits: 7, pattern, context, ...needs, weigh }
}

/** Between two digits: one sign, a slash between spaces, or a bracket with a space. */
const between = '(?:[ .\\-/]| ?\\(|\\)[ .-]?| / )?'
const more = '(?: ?(?:x|ext\\.?|extension) ?\\d{1,6})?'

export const phones: readonly Detector[] = [
  phone(new RegExp(`(?<=(?<![\\w+])(?<before>\\(?\\+ ?))[1-9](?:${between}\\d){6,14}${more}(?![\\w]|[-.]\\d)`, 'y'), weighInternational),
  phone(new RegExp(`(?<!\\+|\\d[-.])00[1-9](?:${between}\\d){7,14}(?![\\w]|[-.]\\d)`, 'y'), (value, surroundings) => surroundings.near || /[ .()/-]/.test(value) ? weighInternational(value, surroundings) : 0),
  phone(new RegExp(`(?<!\\d[-.+,])(?<=(?<before>\\(?))(?:1[ .-]?|001[ .-])?\\(?[2-9]\\d{2}\\)?[ .\\-/]{0,2}\\d{3}[ .-]?\\d{4}${more}(?![\\w]|[-.]\\d)`, 'y'), weighNorthAmerican),
  phone(new RegExp(`(?<!\\d[-.+,/]|<Buffer (?:[0-9a-f]{2} ){0,16})(?<=(?<before>\\(?))0\\d(?:${between}\\d){5,10}(?![\\w]|[-. ]\\d)`, 'y'), weighTrunk),
  phone(/(?<!\d[-.+/,]|[$€£])[1-9]\d{1,4}(?:[ .-]?\d{2,5}){1,4}(?![\w]|[-./]\d)/y, weighNamed, { needs: 'named' })
]

/** Numbers that a state gives to a person: `pii.government`. */
import { isDay } from '../checks/dates.ts'
import { isOneDigit, luhn, mod11And10, remainder97, verhoeff, weightedSum } from '../checks/digits.ts'
import { codiceFiscaleLetter, dniLetter } from '../checks/letters.ts'
import { digitsOf, weighed, type Detector, type Surroundings } from '../detector.ts'

/** Areas, groups and serials that were never issued (SSA), and two numbers that were printed too often. */
function isSsn (digits: string): boolean {
  return !/^(?:000|666|9)/.test(digits) && digits.slice(3, 5) !== '00' && !digits.endsWith('0000') && !isOneDigit(digits) &&
    digits !== '078051120' && digits !== '219099999'
}

function weighSsn (value: string, surroundings: Surroundings): number {
  if (!isSsn(digitsOf(value))) return 0
  return weighed(surroundings, 950, value.charAt(3) === '-' ? 850 : 550)
}

/** Groups that the IRS gives out. */
function isItin (digits: string): boolean {
  const group = Number(digits.slice(3, 5))
  return digits.startsWith('9') && ((group >= 50 && group <= 65) || (group >= 70 && group <= 88) || (group >= 90 && group !== 93))
}

/** Prefixes that are not given out (HMRC). */
function isNino (value: string): boolean {
  return !/^(?:[DFIQUV]|.[DFIOQUV]|BG|GB|KN|NK|NT|TN|ZZ)/.test(value.toUpperCase())
}

/** One digit of the first ten stands twice or three times. */
function isGermanTaxId (digits: string): boolean {
  const counts = [...'0123456789'].map(digit => digits.slice(0, 10).split(digit).length - 1)
  const most = Math.max(...counts)
  return (most === 2 || most === 3) && counts.filter(count => count > 1).length === 1 && mod11And10(digits)
}

function isBsn (digits: string): boolean {
  return !isOneDigit(digits) && weightedSum(digits, [9, 8, 7, 6, 5, 4, 3, 2, -1]) % 11 === 0
}

function isNir (value: string): boolean {
  const plain = value.replace(/[ .-]/g, '').toUpperCase()
  const digits = plain.slice(0, 13).replace('2A', '19').replace('2B', '18')
  return 97 - remainder97(digits) === Number(plain.slice(13))
}

/** The century is in the month: 1800s + 80, 2000s + 20, 2100s + 40. */
function isPesel (digits: string): boolean {
  const month = Number(digits.slice(2, 4))
  const year = ([1900, 2000, 2100, 2200, 1800][Math.floor(month / 20)] ?? 0) + Number(digits.slice(0, 2))
  return isDay(year, month % 20, Number(digits.slice(4, 6))) && weightedSum(digits, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]) % 10 === 0
}

function isTfn (digits: string): boolean {
  return !isOneDigit(digits) && weightedSum(digits, [1, 4, 3, 7, 5, 8, 6, 9, 10]) % 11 === 0
}

function isCpf (digits: string): boolean {
  const first = weightedSum(digits, [10, 9, 8, 7, 6, 5, 4, 3, 2]) * 10 % 11 % 10
  const second = weightedSum(digits, [11, 10, 9, 8, 7, 6, 5, 4, 3, 2]) * 10 % 11 % 10
  return !isOneDigit(digits) && digits.endsWith(`${first}${second}`)
}

const ssnWords = ['ssn', 'social security', 'social security number', 'soc sec']
const itinWords = ['itin', 'taxpayer', 'individual taxpayer', 'tax id']
const ninoWords = ['national insurance', 'nino', 'ni number', 'ni no']

export const government: readonly Detector[] = [
  {
    label: 'pii.government.us_ssn',
    anchor: { kind: 'digits' },
    fewestDigits: 9,
    pattern: /(?<!\d[-. ])\d{3}([-. ])\d{2}\1\d{4}(?![\w]|[-.]\d)/y,
    context: ssnWords,
    weigh: weighSsn
  },
  {
    label: 'pii.government.us_ssn',
    anchor: { kind: 'digits' },
    fewestDigits: 9,
    pattern: /(?<!\d[-.])\d{9}(?![\w]|[-.]\d)/y,
    context: ssnWords,
    weigh: (value, { near }) => near && isSsn(value) ? 750 : 0
  },
  {
    label: 'pii.government.us_itin',
    anchor: { kind: 'digits' },
    fewestDigits: 9,
    pattern: /(?<!\d[-. ])9\d{2}([-. ]?)\d{2}\1\d{4}(?![\w]|[-.]\d)/y,
    context: itinWords,
    weigh: (value, surroundings) => isItin(digitsOf(value)) ? weighed(surroundings, 900, value.charAt(3) === '-' ? 700 : 0) : 0
  },
  {
    label: 'pii.government.uk_nino',
    anchor: { kind: 'digits' },
    fewestDigits: 6,
    pattern: /[A-Za-z]{2}\d{6}[A-Da-d](?![\w])/y,
    context: ninoWords,
    weigh: (value, surroundings) => isNino(value) ? weighed(surroundings, 950, value === value.toUpperCase() ? 700 : 0) : 0
  },
  {
    label: 'pii.government.uk_nino',
    anchor: { kind: 'digits' },
    fewestDigits: 6,
    pattern: /(?<=(?<![A-Za-z0-9])(?<before>[A-Za-z]{2}[ -]))\d{2}([ -]?)\d{2}\2\d{2}[ -]?[A-Da-d](?![\w])/y,
    context: ninoWords,
    weigh: (value, surroundings) => isNino(value) ? weighed(surroundings, 950, value === value.toUpperCase() ? 700 : 0) : 0
  },
  {
    label: 'pii.government.de_tax_id',
    anchor: { kind: 'digits' },
    fewestDigits: 11,
    pattern: /(?<!\d[-. /])[1-9]\d(?:\d{9}| \d{3} \d{3} \d{3})(?![\w]|[-./]\d)/y,
    context: ['steuer id', 'steueridentifikationsnummer', 'steuerliche identifikationsnummer', 'steuernummer', 'idnr', 'tax id', 'tin', 'steuer idnr'],
    weigh: (value, surroundings) => isGermanTaxId(digitsOf(value)) ? weighed(surroundings, 950, 550) : 0
  },
  {
    label: 'pii.government.nl_bsn',
    anchor: { kind: 'digits' },
    fewestDigits: 9,
    pattern: /(?<!\d[-.])(?:\d{9}|\d{4}[. ]\d{2}[. ]\d{3}|\d{3}[. ]\d{3}[. ]\d{3})(?![\w]|[-.]\d)/y,
    context: ['bsn', 'burgerservicenummer', 'sofinummer', 'citizen service number'],
    weigh: (value, { near }) => near && isBsn(digitsOf(value)) ? 950 : 0
  },
  {
    label: 'pii.government.es_dni',
    anchor: { kind: 'digits' },
    fewestDigits: 7,
    pattern: /(?<!\d[-.])(?:\d{8}|[XYZxyz]-?\d{7})[- ]?[A-Za-z](?![\w])/y,
    context: ['dni', 'nif', 'nie', 'documento nacional', 'identidad'],
    weigh: (value, surroundings) => dniLetter(value) === value.slice(-1).toUpperCase() ? weighed(surroundings, 950, value === value.toUpperCase() ? 800 : 0) : 0
  },
  {
    label: 'pii.government.it_fiscal_code',
    anchor: { kind: 'digits' },
    pattern: /[A-Za-z]{6}[0-9LMNPQRSTUVlmnpqrstuv]{2}[ABCDEHLMPRSTabcdehlmprst][0-9LMNPQRSTUVlmnpqrstuv]{2}[A-Za-z][0-9LMNPQRSTUVlmnpqrstuv]{3}[A-Za-z](?![\w])/y,
    context: ['codice fiscale', 'fiscal code', 'cf'],
    weigh: (value, surroundings) => codiceFiscaleLetter(value) === value.slice(-1).toUpperCase() ? weighed(surroundings, 980, 900) : 0
  },
  {
    label: 'pii.government.fr_nir',
    anchor: { kind: 'digits' },
    fewestDigits: 13,
    pattern: /(?<!\d[-.])[12]([ .-]?)\d{2}\1(?:0[1-9]|1[0-2]|[2-9]\d)\1(?:\d{2}|2[ABab])\1\d{3}\1\d{3}[ .-]?\d{2}(?![\w]|[-.]\d)/y,
    context: ['nir', 'numero de securite sociale', 'securite sociale', 'insee', 'secu'],
    weigh: (value, surroundings) => isNir(value) ? weighed(surroundings, 980, 850) : 0
  },
  {
    label: 'pii.government.pl_pesel',
    anchor: { kind: 'digits' },
    fewestDigits: 11,
    pattern: /(?<!\d[-.])\d{11}(?![\w]|[-.]\d)/y,
    context: ['pesel'],
    weigh: (value, surroundings) => isPesel(value) ? weighed(surroundings, 970, 600) : 0
  },
  {
    label: 'pii.government.in_aadhaar',
    anchor: { kind: 'digits' },
    fewestDigits: 12,
    pattern: /(?<!\d[-. ])[2-9]\d{3}([ -]?)\d{4}\1\d{4}(?![\w]|[-. ]\d)/y,
    context: ['aadhaar', 'aadhar', 'uidai', 'uid', 'adhaar'],
    weigh: (value, surroundings) => verhoeff(digitsOf(value)) ? weighed(surroundings, 960, value.length > 12 ? 550 : 0) : 0
  },
  {
    label: 'pii.government.ca_sin',
    anchor: { kind: 'digits' },
    fewestDigits: 9,
    pattern: /(?<!\d[-. ])[1-79]\d{2}([ -]?)\d{3}\1\d{3}(?![\w]|[-. ]\d)/y,
    context: ['sin', 'social insurance', 'social insurance number', 'nas', 'assurance sociale'],
    weigh: (value, { near }) => near && luhn(digitsOf(value)) && !isOneDigit(digitsOf(value)) ? 920 : 0
  },
  {
    label: 'pii.government.au_tfn',
    anchor: { kind: 'digits' },
    fewestDigits: 9,
    pattern: /(?<!\d[-. ])\d{3}([ -]?)\d{3}\1\d{3}(?![\w]|[-. ]\d)/y,
    context: ['tfn', 'tax file number', 'tax file'],
    weigh: (value, { near }) => near && isTfn(digitsOf(value)) ? 950 : 0
  },
  {
    label: 'pii.government.br_cpf',
    anchor: { kind: 'digits' },
    fewestDigits: 11,
    pattern: /(?<!\d[-.])(?:\d{3}\.\d{3}\.\d{3}-\d{2}|\d{11})(?![\w]|[-.]\d)/y,
    context: ['cpf', 'cadastro de pessoas'],
    weigh: (value, surroundings) => isCpf(digitsOf(value)) ? weighed(surroundings, 970, value.length > 11 ? 900 : 0) : 0
  },
  {
    label: 'pii.government.passport_number',
    anchor: { kind: 'digits' },
    fewestDigits: 6,
    pattern: /(?=[A-Za-z0-9]{6,9}(?![\w]))[A-Za-z]{0,2}\d{6,9}/y,
    context: ['passport', 'passport number', 'passport no', 'reisepass', 'passeport', 'pasaporte'],
    weigh: (_value, { named }) => named ? 650 : 0
  },
  {
    label: 'pii.government.driver_license',
    anchor: { kind: 'digits' },
    fewestDigits: 5,
    pattern: /(?<!\d[-.])(?=[A-Za-z0-9-]{6,16}(?![\w]))[A-Za-z]{0,2}\d[A-Za-z0-9-]{4,15}/y,
    context: ['driver license', 'drivers license', "driver's license", 'driving licence', 'driving license', 'license number', 'dl number', 'dl no', 'fuhrerschein'],
    weigh: (value, { named }) => named && digitsOf(value).length >= 5 ? 600 : 0
  }
]

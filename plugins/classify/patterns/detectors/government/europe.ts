/** Numbers of the north and east of Europe, and of Turkey. */
import { isDay, isShortDay, isShortDayFirst } from '../../checks/dates.ts'
import { isOneDigit, luhn, mod11And10, weightedSum } from '../../checks/digits.ts'
import { digitsOf, weighed, type Detector } from '../../detector.ts'
import { groups, numbered } from '../../shapes.ts'

function isBsn (digits: string): boolean {
  return !isOneDigit(digits) && weightedSum(digits, [9, 8, 7, 6, 5, 4, 3, 2, -1]) % 11 === 0
}

/** The century is in the month: 1800s + 80, 2000s + 20, 2100s + 40. */
function isPesel (digits: string): boolean {
  const month = Number(digits.slice(2, 4))
  const year = ([1900, 2000, 2100, 2200, 1800][Math.floor(month / 20)] ?? 0) + Number(digits.slice(0, 2))
  return isDay(year, month % 20, Number(digits.slice(4, 6))) && weightedSum(digits, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]) % 10 === 0
}

function isNip (digits: string): boolean {
  return !isOneDigit(digits) && weightedSum(digits, [6, 5, 7, 2, 3, 4, 5, 6, 7]) % 11 === Number(digits.charAt(9))
}

/** Birthday, century sign, serial, check character (Finland; new signs since 2023). */
function isFinnish (value: string): boolean {
  const plain = value.toUpperCase()
  const number = Number(plain.slice(0, 6) + plain.slice(7, 10))
  return isShortDayFirst(plain.slice(0, 6)) && '0123456789ABCDEFHJKLMNPRSTUVWXY'.charAt(number % 31) === plain.charAt(10)
}

/** Ten digits, the birthday first; co-ordination numbers add 60 to the day. */
function isSwedish (digits: string): boolean {
  const ten = digits.slice(-10)
  const day = Number(ten.slice(4, 6))
  const plain = ten.slice(0, 4) + String(day > 60 ? day - 60 : day).padStart(2, '0')
  return isShortDay(plain) && luhn(ten) && (digits.length === 10 || /^(?:19|20)/.test(digits))
}

/** Norway: two check digits, modulo 11; D numbers add 40 to the day. */
function isNorwegian (digits: string): boolean {
  const day = Number(digits.slice(0, 2))
  const first = (11 - weightedSum(digits, [3, 7, 6, 1, 8, 9, 4, 5, 2]) % 11) % 11
  const second = (11 - weightedSum(digits, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11) % 11
  return isShortDayFirst(String(day > 40 ? day - 40 : day).padStart(2, '0') + digits.slice(2, 6)) && digits.endsWith(`${first}${second}`)
}

function isDanish (digits: string): boolean {
  return isShortDayFirst(digits.slice(0, 6)) && !digits.endsWith('0000')
}

/** Czech and Slovak: divisible by 11; women add 50 to the month, newer numbers 20 or 70. */
function isCzech (digits: string): boolean {
  const month = Number(digits.slice(2, 4)) % 50
  const plain = digits.slice(0, 2) + String(month > 20 ? month - 20 : month).padStart(2, '0') + digits.slice(4, 6)
  return isShortDay(plain) && (Number(digits) % 11 === 0 || (Number(digits.slice(0, 9)) % 11 === 10 && digits.endsWith('0')))
}

/** Bulgaria: the century is in the month, as 20 or 40 more. */
function isBulgarian (digits: string): boolean {
  const month = Number(digits.slice(2, 4))
  const [century, plain] = month > 40 ? [2000, month - 40] : month > 20 ? [1800, month - 20] : [1900, month]
  return isDay(century + Number(digits.slice(0, 2)), plain, Number(digits.slice(4, 6))) && weightedSum(digits, [2, 4, 8, 5, 10, 9, 7, 3, 6]) % 11 % 10 === Number(digits.charAt(9))
}

function isGreek (digits: string): boolean {
  return !isOneDigit(digits) && weightedSum(digits, [256, 128, 64, 32, 16, 8, 4, 2]) % 11 % 10 === Number(digits.charAt(8))
}

/** Turkey: two check digits over odd and even places. */
function isTurkish (digits: string): boolean {
  const odd = weightedSum(digits, [1, 0, 1, 0, 1, 0, 1, 0, 1])
  const even = weightedSum(digits, [0, 1, 0, 1, 0, 1, 0, 1])
  const tenth = ((odd * 7 - even) % 10 + 10) % 10
  return !digits.startsWith('0') && tenth === Number(digits.charAt(9)) && (odd + even + tenth) % 10 === Number(digits.charAt(10))
}

/** Russian pension number: weights 9 to 1, modulo 101. */
function isSnils (digits: string): boolean {
  return !isOneDigit(digits) && weightedSum(digits, [9, 8, 7, 6, 5, 4, 3, 2, 1]) % 101 % 100 === Number(digits.slice(9))
}

const cprWords = ['cpr', 'cpr nummer', 'cpr number', 'cpr nr', 'danish']

export const europe: readonly Detector[] = [
  ...numbered({
    label: 'pii.government.nl_bsn',
    digits: 9,
    written: [...groups([4, 2, 3], '. '), ...groups([3, 3, 3], '. ')],
    holds: isBsn,
    context: ['bsn', 'burgerservicenummer', 'sofinummer', 'sofi nummer', 'citizen service number', 'burger service', 'dutch']
  }),
  ...numbered({ label: 'pii.government.pl_pesel', digits: 11, holds: isPesel, near: 970, alone: 600, context: ['pesel', 'polish'] }),
  ...numbered({ label: 'pii.government.pl_nip', digits: 10, written: [...groups([3, 3, 2, 2], '-'), ...groups([3, 2, 2, 3], '-')], holds: isNip, near: 900, aloneInGroups: 600, context: ['nip', 'numer identyfikacji podatkowej'] }),
  {
    label: 'pii.government.fi_personal_identity_code',
    anchor: { kind: 'digits' },
    fewestDigits: 9,
    pattern: /(?<!\d[-./])\d{6}[-+A-FU-Ya-fu-y]\d{3}[0-9A-FHJ-NPR-Ya-fhj-npr-y](?![\w])/y,
    context: ['henkilotunnus', 'hetu', 'personal identity code', 'personbeteckning', 'finnish'],
    weigh: (value, surroundings) => isFinnish(value) ? weighed(surroundings, 970, 850) : 0
  },
  ...numbered({
    label: 'pii.government.se_personnummer',
    digits: 10,
    written: [/(?<!\d[-./])(?:\d{2})?\d{6}[-+]\d{4}(?![\w]|[-./]\d)/y, /(?<!\d[-./])(?:19|20)\d{10}(?![\w]|[-./]\d)/y],
    holds: isSwedish,
    aloneInGroups: 800,
    context: ['personnummer', 'personnr', 'samordningsnummer', 'swedish', 'personal identity number', 'pnr']
  }),
  ...numbered({ label: 'pii.government.no_fodselsnummer', digits: 11, written: groups([6, 5], ' '), holds: isNorwegian, alone: 700, context: ['fodselsnummer', 'personnummer', 'fnr', 'd nummer', 'norwegian', 'national identity number'] }),
  ...numbered({ label: 'pii.government.dk_cpr', digits: 10, written: groups([6, 4], '-'), holds: isDanish, near: 850, context: cprWords }),
  ...numbered({ label: 'pii.government.cz_rodne_cislo', digits: 10, written: groups([6, 4], '/'), holds: isCzech, aloneInGroups: 850, context: ['rodne cislo', 'rc', 'birth number', 'r.c', 'czech', 'slovak'] }),
  ...numbered({ label: 'pii.government.bg_egn', digits: 10, holds: isBulgarian, near: 930, context: ['egn', 'edinen grazhdanski nomer', 'bulgarian'] }),
  ...numbered({ label: 'pii.government.hr_oib', digits: 11, holds: digits => mod11And10(digits) && !isOneDigit(digits), near: 930, context: ['oib', 'osobni identifikacijski broj', 'croatian'] }),
  ...numbered({ label: 'pii.government.gr_afm', digits: 9, holds: isGreek, near: 900, context: ['afm', 'greek', 'tax registration number'] }),
  ...numbered({ label: 'pii.government.tr_national_id', digits: 11, holds: isTurkish, near: 960, alone: 650, context: ['tc kimlik', 'kimlik no', 'kimlik numarasi', 'tckn', 'tc', 'turkish', 'tc no'] }),
  ...numbered({ label: 'pii.government.ru_snils', digits: 11, written: [/(?<!\d[-./])\d{3}-\d{3}-\d{3}[ -]\d{2}(?![\w]|[-./]\d)/y], holds: isSnils, near: 930, aloneInGroups: 850, context: ['snils', 'pension', 'russian'] }),
  {
    label: 'pii.government.ua_rnokpp',
    anchor: { kind: 'digits' },
    fewestDigits: 10,
    pattern: /(?<!\d[-./]|[$€£])\d{10}(?![\w]|[-./]\d)/y,
    context: ['rnokpp', 'ukrainian', 'taxpayer card'],
    needs: 'near',
    weigh: value => ((weightedSum(digitsOf(value), [-1, 5, 7, 9, 4, 6, 10, 5, 7]) % 11 + 11) % 11) % 10 === Number(value.charAt(9)) ? 850 : 0
  }
]

/** Numbers of Spain, Italy, France, Portugal, Belgium and Romania. */
import { isDay, isShortDay } from '../../checks/dates.ts'
import { isOneDigit, luhn, remainder97, weightedSum } from '../../checks/digits.ts'
import { codiceFiscaleLetter, dniLetter } from '../../checks/letters.ts'
import { digitsOf, weighed, type Detector, type Surroundings } from '../../detector.ts'
import { groups, isTime, numbered } from '../../shapes.ts'

function weighDni (value: string, surroundings: Surroundings): number {
  if (dniLetter(value) !== value.slice(-1).toUpperCase() || isOneDigit(digitsOf(value))) return 0
  return weighed(surroundings, 950, value === value.toUpperCase() ? 800 : 0)
}

const dniWords = ['dni', 'nif', 'nie', 'documento nacional', 'identidad', 'documento', 'extranjero', 'numero de identidad']

/** NIR: 97 less the remainder of the thirteen before; Corsica's departments are letters (INSEE). */
function isNir (value: string): boolean {
  const plain = value.replace(/[ .-]/g, '').toUpperCase()
  const digits = plain.slice(0, 13).replace('2A', '19').replace('2B', '18')
  return 97 - remainder97(digits) === Number(plain.slice(13))
}

/** Belgium: 97 less the remainder of the nine before, a 2 before them from 2000 on. */
function isBelgian (digits: string): boolean {
  const body = digits.slice(0, 9)
  const check = Number(digits.slice(9))
  const day = digits.slice(0, 6)
  const isDated = isShortDay(day) || day.slice(2) === '0000' || /^\d\d0000$/.test(day)
  return isDated && (97 - Number(body) % 97 === check || 97 - Number(`2${body}`) % 97 === check)
}

function isPortuguese (digits: string): boolean {
  const check = 11 - weightedSum(digits, [9, 8, 7, 6, 5, 4, 3, 2]) % 11
  return /^(?:[1235689]|45|7[0-9])/.test(digits) && !isOneDigit(digits) && (check > 9 ? 0 : check) === Number(digits.charAt(8))
}

/** Sex and century, birthday, county, serial, check digit (CNP). */
function isRomanian (digits: string): boolean {
  const century = [0, 1900, 1900, 1800, 1800, 2000, 2000, 1900, 1900, 1900][Number(digits.charAt(0))] ?? 0
  const check = weightedSum(digits, [2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9]) % 11
  return century > 0 && isDay(century + Number(digits.slice(1, 3)), Number(digits.slice(3, 5)), Number(digits.slice(5, 7))) && (check === 10 ? 1 : check) === Number(digits.charAt(12))
}

const cnpWords = ['cnp', 'cod numeric personal', 'romanian']
const fiscalWords = ['codice fiscale', 'fiscal code', 'cf', 'cod fisc', 'codice', 'tax code']
const fiscal = /[A-Za-z]{6}[0-9LMNPQRSTUVlmnpqrstuv]{2}[ABCDEHLMPRSTabcdehlmprst][0-9LMNPQRSTUVlmnpqrstuv]{2}[A-Za-z][0-9LMNPQRSTUVlmnpqrstuv]{3}[A-Za-z](?![\w])/y

function weighFiscal (value: string, surroundings: Surroundings): number {
  return codiceFiscaleLetter(value.replace(/ /g, '')) === value.slice(-1).toUpperCase() ? weighed(surroundings, 980, 900) : 0
}

export const romance: readonly Detector[] = [
  { label: 'pii.government.es_nif', anchor: { kind: 'digits' }, fewestDigits: 8, pattern: /(?<!\d[-./])\d{8}[- ]?[A-HJ-NP-TV-Za-hj-np-tv-z](?![\w])/y, context: dniWords, weigh: weighDni },
  { label: 'pii.government.es_nif', anchor: { kind: 'digits' }, fewestDigits: 8, pattern: /(?<!\d[-./])\d{2}\.\d{3}\.\d{3}[- ]?[A-HJ-NP-TV-Za-hj-np-tv-z](?![\w])/y, context: dniWords, weigh: (value, surroundings) => weighDni(value.replaceAll('.', ''), surroundings) },
  { label: 'pii.government.es_nie', anchor: { kind: 'digits' }, fewestDigits: 7, pattern: /[XYZxyz][- ]?\d{7}[- ]?[A-HJ-NP-TV-Za-hj-np-tv-z](?![\w])/y, context: dniWords, weigh: weighDni },
  { label: 'pii.government.es_nie', anchor: { kind: 'digits' }, fewestDigits: 7, pattern: /(?<=(?<![A-Za-z0-9])(?<before>[XYZxyz][- ]))\d{7}[- ]?[A-HJ-NP-TV-Za-hj-np-tv-z](?![\w])/y, context: dniWords, weigh: weighDni },
  { label: 'pii.government.it_fiscal_code', anchor: { kind: 'digits' }, pattern: fiscal, context: fiscalWords, weigh: weighFiscal },
  {
    label: 'pii.government.it_fiscal_code',
    anchor: { kind: 'digits' },
    pattern: /(?<=(?<![A-Za-z0-9])(?<before>[A-Za-z]{3} [A-Za-z]{3} ))[0-9LMNPQRSTUV]{2}[ABCDEHLMPRST][0-9LMNPQRSTUV]{2} ?[A-Z][0-9LMNPQRSTUV]{3} ?[A-Z](?![\w])/y,
    context: fiscalWords,
    weigh: weighFiscal
  },
  ...numbered({
    label: 'pii.government.it_vat_code',
    digits: 11,
    holds: digits => luhn(digits) && !isOneDigit(digits),
    near: 900,
    context: ['partita iva', 'p.iva', 'piva', 'p iva', 'vat', 'iva', 'vat number', 'vat code']
  }),
  {
    label: 'pii.government.it_identity_card',
    anchor: { kind: 'digits' },
    fewestDigits: 5,
    pattern: /(?:[A-Za-z]{2} ?\d{7}|\d{7}[A-Za-z]{2}|[Cc][A-Za-z]\d{5}[A-Za-z]{2})(?![\w])/y,
    context: ["carta d'identita", 'carta di identita', 'carta identita', 'cie', 'identity card', 'numero carta'],
    needs: 'named',
    weigh: () => 650
  },
  {
    label: 'pii.government.it_driver_license',
    anchor: { kind: 'digits' },
    fewestDigits: 7,
    pattern: /(?:[A-Za-z]{2}\d{7}[A-Za-z]|[Uu]1[A-Za-z0-9]{7}[A-Za-z])(?![\w])/y,
    context: ['patente', 'patente di guida', 'driver license', 'driving licence', 'licence', 'license'],
    needs: 'named',
    weigh: () => 680
  },
  ...[/(?<!\d[-./])[12]\d{2}(?:0[1-9]|1[0-2]|[2-9]\d)(?:\d{2}|2[ABab])\d{8}(?![\w]|[-./]\d)/y, /(?<!\d[-./ ])[12]([ .-])\d{2}\1(?:0[1-9]|1[0-2]|[2-9]\d)\1(?:\d{2}|2[ABab])\1\d{3}\1\d{3}[ .-]?\d{2}(?![\w]|[-./]\d)/y,
    /(?<!\d[-./])[12]\d{2}(?:0[1-9]|1[0-2]|[2-9]\d)(?:\d{2}|2[ABab])\d{6} \d{2}(?![\w]|[-./]\d)/y].map((pattern): Detector => ({
    label: 'pii.government.fr_nir',
    anchor: { kind: 'digits' },
    fewestDigits: 13,
    pattern,
    context: ['nir', 'numero de securite sociale', 'securite sociale', 'insee', 'secu', 'numero de secu', 'num secu'],
    weigh: (value, surroundings) => isNir(value) ? weighed(surroundings, 980, 850) : 0
  })),
  ...numbered({
    label: 'pii.government.be_nn',
    digits: 11,
    written: [/(?<!\d[-./])\d{2}\.\d{2}\.\d{2}-\d{3}[.-]\d{2}(?![\w]|[-./]\d)/y, ...groups([6, 3, 2], '- ')],
    holds: isBelgian,
    alone: 600,
    aloneInGroups: 900,
    context: ['rijksregisternummer', 'rijksregister', 'numero national', 'registre national', 'national number', 'nn', 'niss', 'insz', 'belgian']
  }),
  ...numbered({
    label: 'pii.government.pt_nif',
    digits: 9,
    written: groups([3, 3, 3], ' '),
    holds: isPortuguese,
    near: 900,
    context: ['nif', 'contribuinte', 'numero de contribuinte', 'numero de identificacao fiscal', 'identificacao fiscal', 'portuguese']
  }),
  ...numbered({ label: 'pii.government.ro_cnp', digits: 13, holds: isRomanian, context: cnpWords }),
  ...numbered({ label: 'pii.government.ro_cnp', digits: 13, holds: digits => isRomanian(digits) && !isTime(digits), alone: 800, context: cnpWords })
]

/** Payment cards: `pci`. */
import { isOneDigit, luhn } from '../checks/digits.ts'
import { digitsOf, weighed, type Detector, type Surroundings } from '../detector.ts'

const context = ['card', 'credit card', 'debit card', 'card number', 'card no', 'cc', 'ccn', 'pan', 'visa', 'mastercard', 'maestro', 'amex', 'american express', 'cvv', 'cvc', 'discover', 'diners', 'jcb', 'unionpay', 'payment', 'charge', 'kreditkarte', 'kartennummer', 'carte bancaire', 'carte', 'tarjeta', 'carta di credito', 'cartao']

/** Issuer ranges (first digits, inclusive) and the lengths their cards have, as the networks publish them. */
const networks: ReadonlyArray<{ readonly from: number, readonly to: number, readonly lengths: readonly number[] }> = [
  { from: 4, to: 4, lengths: [13, 16, 19] },
  { from: 51, to: 55, lengths: [16] },
  { from: 2221, to: 2720, lengths: [16] },
  { from: 34, to: 34, lengths: [15] },
  { from: 37, to: 37, lengths: [15] },
  { from: 300, to: 305, lengths: [14, 16, 19] },
  { from: 3095, to: 3095, lengths: [14, 16, 19] },
  { from: 36, to: 36, lengths: [14, 16, 19] },
  { from: 38, to: 39, lengths: [14, 16, 19] },
  { from: 6011, to: 6011, lengths: [16, 19] },
  { from: 622126, to: 622925, lengths: [16, 19] },
  { from: 644, to: 659, lengths: [16, 19] },
  { from: 35, to: 35, lengths: [16, 19] },
  { from: 1800, to: 1800, lengths: [15] },
  { from: 2131, to: 2131, lengths: [15] },
  { from: 62, to: 62, lengths: [16, 17, 18, 19] },
  { from: 81, to: 82, lengths: [16] },
  { from: 60, to: 60, lengths: [16] },
  { from: 508, to: 508, lengths: [16] },
  { from: 2200, to: 2204, lengths: [16, 17, 18, 19] },
  { from: 9792, to: 9792, lengths: [16] }
]

/** Maestro's ranges are wide and its lengths many: most need a word that says card. */
const wide = /^(?:50|5[6-9]|6304|6759|676[1-3]|639|0604)\d{8,17}$/
const maestro = /^(?:5018|5020|5038|5893|6304|6759|676[1-3])\d{8,15}$/

function isIssued (digits: string): boolean {
  return networks.some(({ from, to, lengths }) => {
    const first = Number(digits.slice(0, String(from).length))
    return first >= from && first <= to && lengths.includes(digits.length)
  })
}

function weighCard (value: string, surroundings: Surroundings, alone: number): number {
  const digits = digitsOf(value)
  if (!luhn(digits) || isOneDigit(digits)) return 0
  if (isIssued(digits)) return weighed(surroundings, 950, alone)
  return wide.test(digits) ? weighed(surroundings, 850, maestro.test(digits) ? Math.min(alone, 600) : 0) : 0
}

/** Groups as a card shows them may be parted by one unit, the same throughout, a line break included. */
const grouped = [
  /(?<!\d[-.])(?<!\d{4} )\d{4}([ .\-\n])\d{4}\1\d{4}\1\d{4}(?![A-Za-z\d]|[-.]\d)/y,
  /(?<!\d[-.])(?<!\d{4} )\d{4}([ .\-\n])\d{4}\1\d{4}\1\d{4}\1\d{3}(?![A-Za-z\d]|[-.]\d)/y,
  /(?<!\d[-.])(?<!\d{4} )\d{4}([ .\-\n])\d{4}\1\d{4}\1\d(?![A-Za-z\d]|[-. ]\d)/y,
  /(?<!\d[-.])(?<!\d{4} )\d{4}([ .\-\n])\d{6}\1\d{4,5}(?![A-Za-z\d]|[-.]\d)/y
]

/** Even groups of other sizes: `41 11 11 ...`, `4 1 1 1 ...`. */
function isEven (value: string): boolean {
  const groups = value.split(/\D/)
  const [first = ''] = groups
  return groups.length > 2 && new Set(value.replace(/\d/g, '')).size === 1 && groups.slice(0, -1).every(({ length }) => length === first.length)
}

export const cards: readonly Detector[] = [
  {
    label: 'pci.credit_card',
    anchor: { kind: 'digits' },
    fewestDigits: 12,
    pattern: /(?<!\d[-.]|(?<![\d,.])[0-9],)\d{12,19}(?![A-Za-z\d]|[-.]\d)/y,
    context,
    weigh: (value, surroundings) => weighCard(value, surroundings, value.length === 16 || value.length === 15 ? 900 : 750)
  },
  ...grouped.map((pattern): Detector => ({
    label: 'pci.credit_card', anchor: { kind: 'digits' }, fewestDigits: 12, pattern, context, weigh: (value, surroundings) => weighCard(value, surroundings, 900)
  })),
  {
    label: 'pci.credit_card',
    anchor: { kind: 'digits' },
    fewestDigits: 12,
    pattern: /(?<!\d[ .-]?)\d(?:[ .-]?\d){11,18}(?![ .-]?[A-Za-z\d])/y,
    context,
    weigh: (value, surroundings) => weighCard(value, surroundings, isEven(value) ? 600 : 0)
  },
  {
    label: 'pci.card_cvv',
    anchor: { kind: 'after', words: ['cvv', 'cvc', 'cvv2', 'cvc2', 'cid', 'security code', 'card verification value', 'card verification code', 'csc', 'cvv code', 'cvc code'] },
    pattern: /(?: ?(?:number|code|no\.?|is|was))?[\s:=#"'(]{1,4}(?<value>\d{3,4})(?![\w]|[-./:,]\d)/y,
    weigh: () => 700
  },
  {
    label: 'pci.card_cvv',
    anchor: { kind: 'whole' },
    pattern: /\d{3,4}$/y,
    context: ['cvv', 'cvc', 'cvv2', 'cvc2', 'security code', 'card verification value'],
    weigh: () => 750
  },
  {
    label: 'pci.card_expiry',
    anchor: { kind: 'after', words: ['exp', 'expiry', 'expires', 'exp date', 'expiration', 'expiry date', 'expiration date', 'valid thru', 'valid through', 'valid until', 'expiring', 'gultig bis'] },
    pattern: /[\s:=."'(]{1,4}(?:(?:on|is|date)[\s:="']{1,3}){0,2}(?<value>(?:0[1-9]|1[0-2]) ?[/-] ?(?:20)?[2-4]\d)(?![\w]|[-./]\d)/y,
    context,
    needs: 'near',
    weigh: () => 650
  },
  {
    label: 'pci.card_track',
    anchor: { kind: 'digits' },
    fewestDigits: 12,
    pattern: /(?<=(?<before>%|;))(?:B\d{12,19}\^[A-Z ./'-]{2,26}\^\d{7}|\d{12,19}=\d{7})[\d ]{0,40}\??/y,
    weigh: value => luhn(/\d{12,19}/.exec(value)?.[0] ?? '1') ? 950 : 0
  }
]

/** Numbers of the United Kingdom and Ireland. */
import { isOneDigit, weightedSum } from '../../checks/digits.ts'
import { digitsOf, weighed, type Detector } from '../../detector.ts'
import { groups, numbered } from '../../shapes.ts'

/** Prefixes that are not given out (HMRC, NIM39110). */
function isNino (value: string): boolean {
  return !/^(?:[DFIQUV]|.[DFIOQUV]|BG|GB|KN|NK|NT|TN|ZZ)/.test(value.toUpperCase())
}

/** Unique taxpayer reference: the first digit checks the other nine (HMRC). */
function isUtr (digits: string): boolean {
  const check = '21987654321'.charAt(weightedSum(digits.slice(1), [6, 7, 8, 9, 10, 5, 4, 3, 2]) % 11)
  return check === digits.charAt(0) && !isOneDigit(digits)
}

/** The month carries the sex (+ 50), and the day must exist in it. */
function isDrivingLicence (value: string): boolean {
  const [, month = '', day = ''] = /^[A-Z]{1,5}9{0,4}\d(\d\d)(\d\d)/i.exec(value) ?? []
  const plain = Number(month) % 50
  return plain >= 1 && plain <= 12 && Number(day) >= 1 && Number(day) <= 31
}

/** PPS number: weights 8 to 2, the second letter times 9, modulo 23 (Irish Revenue). */
function isPps (value: string): boolean {
  const [, digits = '', check = '', second = ''] = /^(\d{7})([A-W])([A-IW]?)$/i.exec(value.toUpperCase()) ?? []
  if (digits === '') return false
  const extra = second === '' || second === 'W' ? 0 : (second.charCodeAt(0) - 64) * 9
  return 'WABCDEFGHIJKLMNOPQRSTUV'.charAt((weightedSum(digits, [8, 7, 6, 5, 4, 3, 2]) + extra) % 23) === check
}

const ninoWords = ['national insurance', 'national insurance number', 'nino', 'ni number', 'ni no', 'insurance number', 'nin']

export const britain: readonly Detector[] = [
  {
    label: 'pii.government.uk_nino',
    anchor: { kind: 'digits' },
    fewestDigits: 6,
    pattern: /[A-Za-z]{2}\d{6}[A-Da-d](?![\w])/y,
    context: ninoWords,
    weigh: (value, surroundings) => isNino(value) ? weighed(surroundings, 950, value === value.toUpperCase() ? 800 : 0) : 0
  },
  {
    label: 'pii.government.uk_nino',
    anchor: { kind: 'digits' },
    fewestDigits: 6,
    pattern: /(?<=(?<![A-Za-z0-9])(?<before>[A-Za-z]{2}[ -]))\d{2}([ -]?)\d{2}\2\d{2}[ -]?[A-Da-d](?![\w])/y,
    context: ninoWords,
    weigh: (value, surroundings) => isNino(value) ? weighed(surroundings, 950, value === value.toUpperCase() ? 800 : 0) : 0
  },
  {
    label: 'pii.government.uk_nino',
    anchor: { kind: 'digits' },
    fewestDigits: 6,
    pattern: /[A-Za-z]{2}\d{2}([ -])\d{2}\1\d{2}[ -]?[A-Da-d](?![\w])/y,
    context: ninoWords,
    weigh: (value, surroundings) => isNino(value) ? weighed(surroundings, 950, value === value.toUpperCase() ? 800 : 0) : 0
  },
  ...numbered({
    label: 'pii.government.uk_utr',
    digits: 10,
    written: groups([5, 5], ' '),
    holds: isUtr,
    near: 900,
    context: ['utr', 'unique taxpayer reference', 'taxpayer reference', 'self assessment']
  }),
  {
    label: 'pii.government.uk_passport',
    anchor: { kind: 'digits' },
    fewestDigits: 7,
    pattern: /[A-Za-z]{2}\d{7}(?![\w])/y,
    context: ['passport', 'passport number', 'passport no', 'british passport', 'hmpo'],
    needs: 'named',
    weigh: value => !isOneDigit(digitsOf(value)) ? 690 : 0
  },
  {
    label: 'pii.government.uk_driving_licence',
    anchor: { kind: 'digits' },
    fewestDigits: 6,
    pattern: /(?:[A-Za-z]{5}|[A-Za-z]{4}9|[A-Za-z]{3}99|[A-Za-z]{2}999)\d{6}[A-Za-z][A-Za-z9][0-9A-Za-z][A-Za-z]{2}(?:\d{2})?(?![\w])/y,
    context: ['driving licence', 'driver licence', 'driving license', 'licence number', 'dvla'],
    weigh: (value, surroundings) => isDrivingLicence(value) ? weighed(surroundings, 950, value === value.toUpperCase() ? 750 : 0) : 0
  },
  {
    label: 'pii.uk_postcode',
    anchor: { kind: 'digits' },
    fewestDigits: 2,
    pattern: /[A-Za-z]{1,2}\d[A-Za-z\d]? ?\d[ABD-HJLNP-UW-Zabd-hjlnp-uw-z]{2}(?![\w])/y,
    context: ['postcode', 'post code', 'postal code', 'zip', 'address'],
    needs: 'named',
    weigh: value => value === value.toUpperCase() ? 700 : 550
  },
  {
    label: 'pii.government.ie_pps',
    anchor: { kind: 'digits' },
    fewestDigits: 7,
    pattern: /\d{7}[A-Wa-w][A-IWa-iw]?(?![\w])/y,
    context: ['pps', 'ppsn', 'pps number', 'personal public service'],
    weigh: (value, surroundings) => isPps(value) ? weighed(surroundings, 950, value === value.toUpperCase() ? 600 : 0) : 0
  }
]

/** Numbers of the United States. */
import { isOneDigit } from '../../checks/digits.ts'
import { digitsOf, type Detector, type Surroundings } from '../../detector.ts'
import { groups, numbered, run } from '../../shapes.ts'

/** Areas, groups and serials that were never issued (SSA, POMS RM 10201), and two numbers that were printed too often. */
export function isSsn (digits: string): boolean {
  return !/^(?:000|666|9)/.test(digits) && digits.slice(3, 5) !== '00' && !digits.endsWith('0000') && !isOneDigit(digits) &&
    digits !== '078051120' && digits !== '219099999' && digits !== '123456789'
}

function weighSsn (value: string, surroundings: Surroundings): number {
  if (!isSsn(digitsOf(value))) return 0
  if (surroundings.near) return 950
  return value.charAt(3) === '-' ? 850 : value.charAt(3) === ' ' ? 550 : 0
}

/** Groups that the IRS gives out (IRS, Internal Revenue Manual 3.21.263). */
function isItin (digits: string): boolean {
  const group = Number(digits.slice(3, 5))
  return digits.startsWith('9') && ((group >= 50 && group <= 65) || (group >= 70 && group <= 88) || (group >= 90 && group !== 93))
}

/** Prefixes that campuses of the IRS do not give to employers. */
function isEin (digits: string): boolean {
  return !/^(?:0[0789]|1[789]|2[89]|49|69|70|78|79|8[9]|9[67])/.test(digits) && !isOneDigit(digits)
}

/** Licence numbers by state: letters, then digits, as the states publish them. */
const licence = /^(?:[A-Z]\d{7,8}|[A-Z]\d{12,14}|[A-Z]{2}\d{6,7}|[A-Z]\d{3}-?\d{3}-?\d{2}-?\d{3}(?:-?\d)?|[A-Z]\d{3}-?\d{4}-?\d{4}|[A-Z]\d{5,6}|\d{7,10}|\d{12}|\d{2}[A-Z]{3}\d{5}|[A-Z]{3}\*{2}[A-Z0-9]{7}|[A-Z]\d{4} ?\d{5} ?\d{5}|\d{3} ?\d{3} ?\d{3}|\d{2}-?\d{3}-?\d{4})$/i

const ssnWords = ['ssn', 'social security', 'social security number', 'social security no', 'soc sec', 'ss number', 'ss no', 'social', 'ssns', 'seguro social']

export const unitedStates: readonly Detector[] = [
  ...[...groups([3, 2, 4], '-. '), run(9)].map((pattern): Detector => ({
    label: 'pii.government.us_ssn', anchor: { kind: 'digits' }, fewestDigits: 9, pattern, context: ssnWords, weigh: weighSsn
  })),
  ...numbered({
    label: 'pii.government.us_itin',
    digits: 9,
    written: groups([3, 2, 4], '-. '),
    holds: isItin,
    near: 940,
    aloneInGroups: 700,
    context: ['itin', 'taxpayer', 'individual taxpayer', 'tax id', 'tax identification', 'tin', 'tax payer']
  }),
  ...numbered({
    label: 'pii.government.us_ein',
    written: groups([2, 7], '-'),
    holds: isEin,
    near: 850,
    context: ['ein', 'employer identification', 'employer id', 'fein', 'federal tax id', 'tax id']
  }),
  {
    label: 'pii.government.us_passport',
    anchor: { kind: 'digits' },
    fewestDigits: 8,
    pattern: /(?<!\d[-./])(?:[A-Za-z]\d{8}|\d{9})(?![\w]|[-./]\d)/y,
    context: ['passport', 'passport number', 'passport no', 'passport id', 'travel document', 'passport book', 'passport card'],
    needs: 'named',
    weigh: value => !isOneDigit(digitsOf(value)) ? 700 : 0
  },
  {
    label: 'pii.government.us_driver_license',
    anchor: { kind: 'digits' },
    fewestDigits: 5,
    pattern: /(?<!\d[-./])(?=[A-Za-z0-9*-]{6,16}(?![\w]))[A-Za-z]{0,3}(?:\*{2})?\d?[A-Za-z0-9]{2,13}(?:-[A-Za-z0-9]{2,6}){0,4}(?![\w])/y,
    context: ['driver license', 'drivers license', "driver's license", "driver's licence", 'driver licence', 'drivers licence', 'license number', 'licence number', 'license no', 'dl number', 'dl no', 'dl', 'driving license', 'driver lic', 'permit number'],
    needs: 'named',
    weigh: value => licence.test(value) ? 650 : 0
  }
]

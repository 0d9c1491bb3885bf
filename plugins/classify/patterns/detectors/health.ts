/** Health: `phi`, and dates of birth. */
import { isWrittenDay } from '../checks/dates.ts'
import { isOneDigit, luhn, weightedSum } from '../checks/digits.ts'
import { digitsOf, weighed, type Detector, type Surroundings } from '../detector.ts'

function isNhsNumber (digits: string): boolean {
  const check = (11 - weightedSum(digits, [10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11) % 11
  return !isOneDigit(digits) && check === Number(digits.at(-1))
}

function weighNhsNumber (value: string, surroundings: Surroundings): number {
  return isNhsNumber(digitsOf(value)) ? weighed(surroundings, 960, value.length > 10 ? 550 : 0) : 0
}

function isMedicare (digits: string): boolean {
  return weightedSum(digits, [1, 3, 7, 9, 1, 3, 7, 9]) % 10 === Number(digits.charAt(8))
}

/** A DEA number: the odd places plus twice the even ones give the last digit. */
function isDeaNumber (digits: string): boolean {
  return weightedSum(digits, [1, 2, 1, 2, 1, 2]) % 10 === Number(digits.charAt(6))
}

/** A record number has some digits, and is no date. */
function isRecordNumber (value: string): boolean {
  return digitsOf(value).length >= 4 && !/^(?:19|20)\d\d-[01]?\d-/.test(value)
}

const recordWords = ['mrn', 'medical record', 'medical record number', 'medical record no', 'med rec', 'medrec', 'patient id', 'patient number', 'patient no', 'patient identifier', 'patient record', 'chart number', 'chart no', 'health record', 'hospital number', 'hospital id', 'patientennummer', 'fallnummer']
const birthWords = ['dob', 'date of birth', 'birth date', 'birthdate', 'birthday', 'born', 'born on', 'd.o.b', 'geburtsdatum', 'geboren', 'geb', 'date de naissance', 'fecha de nacimiento', 'data di nascita']
const codeWords = ['icd', 'icd10', 'icd 10', 'icd 10 cm', 'diagnosis', 'diagnoses', 'diagnosis code', 'dx', 'diagnosed', 'diagnose']

export const health: readonly Detector[] = [
  {
    label: 'phi.medical_record_number',
    anchor: { kind: 'digits' },
    fewestDigits: 4,
    pattern: /(?<!\d[-.])(?=[A-Za-z0-9-]{5,16}(?![\w]))[A-Za-z]{0,4}-?\d[A-Za-z0-9]{3,11}(?:-[A-Za-z0-9]{1,6})?(?![\w])/y,
    context: recordWords,
    weigh: (value, { named }) => named && isRecordNumber(value) ? 950 : 0
  },
  {
    label: 'phi.medical_record_number',
    anchor: { kind: 'digits' },
    fewestDigits: 4,
    pattern: /(?<=(?<![A-Za-z0-9])(?<before>[A-Za-z]{1,4}[-]))\d{4,12}(?![\w])/y,
    context: recordWords,
    weigh: (value, { named }) => named && !/^mrn/i.test(value) ? 950 : 0
  },
  {
    label: 'phi.nhs_number',
    anchor: { kind: 'digits' },
    fewestDigits: 10,
    pattern: /(?<!\d[-. ]|\+)\d{3}([ -]?)\d{3}\1\d{4}(?![\w]|[-. ]\d)/y,
    context: ['nhs', 'nhs number', 'nhs no', 'national health service', 'health number'],
    weigh: weighNhsNumber
  },
  {
    label: 'phi.au_medicare',
    anchor: { kind: 'digits' },
    fewestDigits: 10,
    pattern: /(?<!\d[-. ])[2-6]\d{3}([ -]?)\d{5}\1\d(?:[ /-]?\d)?(?![\w]|[-. ]\d)/y,
    context: ['medicare', 'medicare number', 'medicare card', 'irn'],
    weigh: (value, { near }) => near && isMedicare(digitsOf(value)) ? 930 : 0
  },
  {
    label: 'phi.us_npi',
    anchor: { kind: 'digits' },
    fewestDigits: 10,
    pattern: /(?<!\d[-.])[12]\d{9}(?![\w]|[-.]\d)/y,
    context: ['npi', 'national provider', 'provider identifier', 'provider id', 'provider number'],
    weigh: (value, { near }) => near && luhn(`80840${value}`) ? 950 : 0
  },
  {
    label: 'phi.us_mbi',
    anchor: { kind: 'digits' },
    fewestDigits: 5,
    pattern: /[1-9][AC-HJKMNP-RT-Y][0-9AC-HJKMNP-RT-Y]\d(-?)[AC-HJKMNP-RT-Y][0-9AC-HJKMNP-RT-Y]\d\1[AC-HJKMNP-RT-Y]{2}\d{2}(?![\w])/y,
    context: ['medicare', 'mbi', 'beneficiary', 'medicare beneficiary'],
    weigh: (_value, surroundings) => weighed(surroundings, 950, 700)
  },
  {
    label: 'phi.us_dea_number',
    anchor: { kind: 'digits' },
    fewestDigits: 7,
    pattern: /[ABCDEFGHJKLMPRSTUX][A-Z9]\d{7}(?![\w])/y,
    context: ['dea', 'dea number', 'dea no', 'prescriber'],
    weigh: (value, surroundings) => isDeaNumber(value.slice(2)) ? weighed(surroundings, 950, 600) : 0
  },
  {
    label: 'phi.health_plan_id',
    anchor: { kind: 'digits' },
    fewestDigits: 5,
    pattern: /(?<!\d[-.])(?=[A-Za-z0-9-]{6,16}(?![\w]))[A-Za-z]{0,4}-?\d[A-Za-z0-9-]{4,14}/y,
    context: ['health plan', 'insurance id', 'insurance member', 'member id', 'subscriber id', 'policy holder id', 'beneficiary id', 'krankenversichertennummer', 'versichertennummer'],
    weigh: (value, { named }) => named && digitsOf(value).length >= 5 ? 600 : 0
  },
  {
    label: 'phi.icd10_code',
    anchor: { kind: 'digits' },
    fewestDigits: 2,
    pattern: /[A-TV-Z]\d[0-9AB](?:\.[0-9A-TV-Z]{1,4})?(?![\w]|\.\d)/y,
    context: codeWords,
    weigh: (value, { near }) => near ? value.includes('.') ? 750 : 600 : 0
  },
  {
    label: 'pii.date_of_birth',
    anchor: { kind: 'digits' },
    pattern: /(?<!\d[-./])(?:\d{4}([-./])\d{1,2}\1\d{1,2}|\d{1,2}([-./] ?)\d{1,2}\2(?:\d{4}|\d{2})|\d{1,2}(?:st|nd|rd|th|\.)? (?:of )?[A-Za-z]{3,9}\.?,? \d{4})(?![\w]|[-./]\d)/y,
    context: birthWords,
    weigh: (value, { named }) => named && isWrittenDay(value) ? 850 : 0
  },
  {
    label: 'pii.date_of_birth',
    anchor: { kind: 'digits' },
    pattern: /(?<=(?<![A-Za-z])(?<before>[A-Z][a-z]{2,8}\.? ))\d{1,2}(?:st|nd|rd|th)?,? \d{4}(?![\w])/y,
    context: birthWords,
    weigh: (value, { named }) => named && isWrittenDay(value) ? 850 : 0
  }
]

/** Health: `phi`, and dates of birth. */
import { isWrittenDay } from '../checks/dates.ts'
import { isOneDigit, luhn, weightedSum } from '../checks/digits.ts'
import { digitsOf, weighed, type Detector } from '../detector.ts'
import { groups, numbered } from '../shapes.ts'

function isNhsNumber (digits: string): boolean {
  const check = (11 - weightedSum(digits, [10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11) % 11
  return !isOneDigit(digits) && check === Number(digits.at(-1))
}

/** The ninth digit checks eight; the issue number follows. */
function isMedicare (digits: string): boolean {
  return /^[2-6]/.test(digits) && weightedSum(digits, [1, 3, 7, 9, 1, 3, 7, 9]) % 10 === Number(digits.charAt(8))
}

/** A DEA number: the odd places plus twice the even ones give the last digit. */
function isDeaNumber (digits: string): boolean {
  return weightedSum(digits, [1, 2, 1, 2, 1, 2]) % 10 === Number(digits.charAt(6)) && !isOneDigit(digits)
}

/** A record number has some digits, and is no date. */
function isRecordNumber (value: string): boolean {
  return !/^0x|^\d{6}L$/.test(value) && digitsOf(value).length >= 4 && !/^(?:19|20)\d\d-[01]?\d-/.test(value)
}

const recordWords = [
  'mrn', 'medical record', 'medical record number', 'medical record no', 'med rec', 'med rec no', 'medrec', 'patient id', 'patient number', 'patient no', 'patient identifier', 'patient record', 'patient record number', 'patient mrn', 'pt id', 'pt no', 'pt number', 'pt mrn',
  'chart number', 'chart no', 'chart', 'chart id', 'health record', 'health record number', 'hospital number', 'hospital no', 'hospital id', 'hospital record', 'mr number', 'mr no', 'emr', 'emr number', 'ehr', 'record number', 'patientennummer', 'fallnummer', 'numero de dossier', 'historia clinica', 'numero patient'
]
const birthWords = [
  'dob', 'date of birth', 'birth date', 'birthdate', 'birthday', 'born', 'born on', 'd.o.b', 'birth', 'geburtsdatum', 'geboren', 'geboren am', 'geb', 'geburtstag', 'date de naissance', 'ne le', 'nee le', 'naissance', 'fecha de nacimiento', 'nacimiento', 'nacido', 'data di nascita', 'nato il', 'nata il', 'data de nascimento', 'nascimento', 'geboortedatum'
]
const codeWords = ['icd', 'icd10', 'icd 10', 'icd 10 cm', 'diagnosis', 'diagnoses', 'diagnosis code', 'dx', 'diagnosed', 'diagnose', 'diagnostic', 'condition', 'icd code', 'primary diagnosis', 'coded as']

function weighBirth (value: string): number {
  return isWrittenDay(value) ? 850 : 0
}

export const health: readonly Detector[] = [
  {
    label: 'phi.medical_record_number',
    anchor: { kind: 'digits' },
    fewestDigits: 4,
    pattern: /(?<!\d[-.])(?=[A-Za-z0-9-]{5,16}(?![\w]))[A-Za-z]{0,4}-?\d[A-Za-z0-9]{3,11}(?:-[A-Za-z0-9]{1,6}){0,2}(?![\w])/y,
    context: recordWords,
    needs: 'named',
    weigh: value => isRecordNumber(value) ? 950 : 0
  },
  {
    label: 'phi.medical_record_number',
    anchor: { kind: 'digits' },
    fewestDigits: 4,
    pattern: /(?<=(?<![A-Za-z0-9])(?<before>[A-Za-z]{1,4}[-]))\d{4,12}(?![\w])/y,
    context: recordWords,
    needs: 'named',
    weigh: value => !/^mrn/i.test(value) ? 950 : 0
  },
  {
    label: 'phi.medical_record_number',
    anchor: { kind: 'digits' },
    fewestDigits: 5,
    pattern: /(?<!\d[-./])\d{2,4}([- ])\d{2,4}\1\d{2,4}(?![\w]|[-./]\d)/y,
    context: recordWords,
    needs: 'named',
    weigh: value => isRecordNumber(value) ? 900 : 0
  },
  ...numbered({
    label: 'phi.uk_nhs',
    digits: 10,
    written: groups([3, 3, 4], ' -'),
    holds: isNhsNumber,
    near: 960,
    aloneInGroups: 600,
    context: ['nhs', 'nhs number', 'nhs no', 'national health service', 'health number', 'nhs id']
  }),
  ...numbered({
    label: 'phi.au_medicare',
    digits: 10,
    written: [...groups([4, 5, 1], ' -'), /(?<!\d[-./ ])[2-6]\d{3}([ -]?)\d{5}\1\d(?: ?[-/]? ?\d)(?![\w]|[-./ ]\d)/y],
    holds: isMedicare,
    near: 930,
    context: ['medicare', 'medicare number', 'medicare card', 'medicare no', 'irn']
  }),
  ...numbered({
    label: 'phi.us_npi',
    digits: 10,
    holds: digits => /^[12]/.test(digits) && luhn(`80840${digits}`),
    near: 950,
    context: ['npi', 'national provider', 'provider identifier', 'provider id', 'provider number', 'national provider identifier', 'prescriber', 'provider']
  }),
  {
    label: 'phi.us_mbi',
    anchor: { kind: 'digits' },
    fewestDigits: 5,
    pattern: /[1-9][AC-HJKMNP-RT-Yac-hjkmnp-rt-y][0-9AC-HJKMNP-RT-Yac-hjkmnp-rt-y]\d(-?)[AC-HJKMNP-RT-Yac-hjkmnp-rt-y][0-9AC-HJKMNP-RT-Yac-hjkmnp-rt-y]\d\1[AC-HJKMNP-RT-Yac-hjkmnp-rt-y]{2}\d{2}(?![\w])/y,
    context: ['medicare', 'mbi', 'beneficiary', 'medicare beneficiary', 'medicare number', 'medicare id'],
    weigh: (value, surroundings) => weighed(surroundings, 950, value === value.toUpperCase() ? 750 : 0)
  },
  {
    label: 'phi.medical_license',
    anchor: { kind: 'digits' },
    fewestDigits: 7,
    pattern: /[ABCDEFGHJKLMPRSTUXabcdefghjklmprstux][A-Za-z9]-?\d{7}(?![\w])/y,
    context: ['dea', 'dea number', 'dea no', 'dea registration', 'prescriber', 'medical license', 'medical licence', 'medical license number', 'certificate', 'license'],
    weigh: (value, surroundings) => isDeaNumber(digitsOf(value.slice(2))) ? weighed(surroundings, 950, value === value.toUpperCase() ? 650 : 0) : 0
  },
  {
    label: 'phi.health_plan_id',
    anchor: { kind: 'digits' },
    fewestDigits: 5,
    pattern: /(?<!\d[-.])(?=[A-Za-z0-9-]{6,20}(?![\w]))[A-Za-z]{0,4}-?\d[A-Za-z0-9-]{4,18}/y,
    context: ['health plan', 'insurance id', 'insurance member', 'insurance number', 'member id', 'member number', 'subscriber id', 'subscriber number', 'policy holder id', 'beneficiary id', 'beneficiary number', 'health plan id', 'health insurance', 'health insurance number', 'policy number', 'krankenversichertennummer', 'versichertennummer', 'medicaid', 'medicaid id', 'hicn'],
    needs: 'named',
    weigh: value => digitsOf(value).length >= 5 ? 600 : 0
  },
  {
    label: 'phi.icd10_code',
    anchor: { kind: 'digits' },
    fewestDigits: 2,
    pattern: /[A-TV-Z]\d[0-9AB](?:\.[0-9A-TV-Z]{1,4})?(?![\w]|\.\d)/y,
    context: codeWords,
    needs: 'near',
    weigh: value => value.includes('.') ? 750 : 600
  },
  {
    label: 'phi.ndc_code',
    anchor: { kind: 'digits' },
    fewestDigits: 10,
    pattern: /(?<!\d[-./])(?:\d{4,5}-\d{4}-\d{1,2}|\d{5}-\d{3}-\d{2}|\d{11})(?![\w]|[-./]\d)/y,
    context: ['ndc', 'ndc code', 'national drug code', 'drug code'],
    needs: 'near',
    weigh: () => 800
  },
  {
    label: 'pii.date_of_birth',
    anchor: { kind: 'digits' },
    pattern: /(?<!\d[-./])(?:\d{4}([-./])\d{1,2}\1\d{1,2}|\d{1,2}([-./] ?)\d{1,2}\2(?:\d{4}|\d{2})|\d{8})(?![\w]|[-./]\d)/y,
    context: birthWords,
    needs: 'named',
    weigh: weighBirth
  },
  {
    label: 'pii.date_of_birth',
    anchor: { kind: 'digits' },
    pattern: /(?<!\d[-./])\d{1,2}(?:st|nd|rd|th|\.|er)?[ -](?:of |de )?\p{L}{3,9}\.?,?[ -](?:de )?\d{4}(?![\w]|[-./]\d)/uy,
    context: birthWords,
    needs: 'named',
    weigh: weighBirth
  },
  {
    label: 'pii.date_of_birth',
    anchor: { kind: 'digits' },
    pattern: /(?<=(?<![A-Za-z])(?<before>[A-Z][a-z]{2,8}\.? ))\d{1,2}(?:st|nd|rd|th)?,? \d{4}(?![\w])/y,
    context: birthWords,
    needs: 'named',
    weigh: weighBirth
  },
  {
    label: 'pii.age',
    anchor: { kind: 'after', words: ['age', 'aged', 'patient age', 'alter'] },
    pattern: /[\s:=]{1,3}(?:is )?(?<value>(?:1[01]\d|[1-9]\d?)(?: ?years?(?: old)?| ?y\/?o)?)(?![\w]|[-./:,%]\d| ?%| ?(?:days|hours|minutes|weeks|months))/y,
    weigh: value => /[a-z]/.test(value) ? 550 : 0
  }
]

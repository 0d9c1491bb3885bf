/** Numbers of Germany, Austria and Switzerland. */
import { isShortDayFirst } from '../../checks/dates.ts'
import { gs1, icao, isOneDigit, mod11And10, weightedSum } from '../../checks/digits.ts'
import { digitsOf, weighed, type Detector } from '../../detector.ts'
import { groups, numbered } from '../../shapes.ts'

/** One digit of the first ten stands twice or three times, never thrice in a row (section 139b AO; BZSt). */
function isTaxId (digits: string): boolean {
  const counts = [...'0123456789'].map(digit => digits.slice(0, 10).split(digit).length - 1)
  const most = Math.max(...counts)
  return (most === 2 || most === 3) && counts.filter(count => count > 1).length === 1 && !digits.startsWith('0') && mod11And10(digits)
}

/** Area, birthday, first letter of the name, serial, check digit (section 147 SGB VI). */
function isSocialSecurity (value: string): boolean {
  const plain = value.replace(/ /g, '').toUpperCase()
  const letter = String(plain.charCodeAt(8) - 64).padStart(2, '0')
  const digits = plain.slice(0, 8) + letter + plain.slice(9)
  const sum = [2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1].reduce((total, weight, index) => total + crossSum(weight * Number(digits.charAt(index))), 0)
  return isShortDayFirst(plain.slice(2, 8)) && sum % 10 === Number(plain.slice(-1))
}

function crossSum (value: number): number {
  return Math.floor(value / 10) + value % 10
}

/** Number of an insured person: a letter as two digits, then weights 1 and 2 (section 290 SGB V). */
function isInsuredNumber (value: string): boolean {
  const digits = String(value.toUpperCase().charCodeAt(0) - 64).padStart(2, '0') + value.slice(1)
  let sum = 0
  for (let index = 0; index < 10; index++) sum += crossSum(Number(digits.charAt(index)) * (index % 2 === 0 ? 1 : 2))
  return sum % 10 === Number(digits.charAt(10))
}

/** Lifelong number of a physician: the seventh digit checks six (KBV). */
function isPhysicianNumber (digits: string): boolean {
  const sum = weightedSum(digits, [4, 9, 4, 9, 4, 9])
  return !isOneDigit(digits) && (10 - sum % 10) % 10 === Number(digits.charAt(6))
}

function isAustrianInsurance (digits: string): boolean {
  const sum = weightedSum(digits, [3, 7, 9, 0, 5, 8, 4, 2, 1, 6])
  return digits.charAt(0) !== '0' && isShortDayFirst(digits.slice(4)) && sum % 11 === Number(digits.charAt(3))
}

/** Nine characters, or ten where the last one checks them (ICAO 9303); a D may follow. */
function weighDocument (value: string): number {
  const plain = value.toUpperCase().replace(/D$/, '')
  if (plain.length === 9) return /\d/.test(plain.slice(1)) ? 650 : 0
  return icao(plain) ? 930 : 0
}

export const germany: readonly Detector[] = [
  ...numbered({
    label: 'pii.government.de_tax_id',
    digits: 11,
    written: [...groups([2, 3, 3, 3], ' /')],
    holds: isTaxId,
    alone: 550,
    aloneInGroups: 600,
    context: ['steuer id', 'steueridentifikationsnummer', 'steuerliche identifikationsnummer', 'steuernummer', 'identifikationsnummer', 'idnr', 'tax id', 'tin', 'steuer idnr', 'steuer', 'tax identification', 'tax number']
  }),
  {
    label: 'pii.government.de_social_security',
    anchor: { kind: 'digits' },
    fewestDigits: 8,
    pattern: /(?<!\d[-./])\d{2} ?\d{6} ?[A-Za-z] ?\d{3}(?![\w]|[-./]\d)/y,
    context: ['rentenversicherungsnummer', 'sozialversicherungsnummer', 'rvnr', 'svnr', 'sv nummer', 'versicherungsnummer', 'rentenversicherung', 'social security', 'social insurance'],
    weigh: (value, surroundings) => isSocialSecurity(value) ? weighed(surroundings, 960, value === value.toUpperCase() ? 850 : 500) : 0
  },
  {
    label: 'pii.government.de_id_card',
    anchor: { kind: 'digits' },
    fewestDigits: 5,
    pattern: /[LMNPRTVWXYlmnprtvwxy][0-9CFGHJKLMNPRTVWXYZcfghjklmnprtvwxyz]{8}\d?D?(?![\w])/y,
    context: ['personalausweis', 'ausweisnummer', 'personalausweisnummer', 'ausweis', 'perso', 'id card', 'identity card', 'ausweis nr'],
    needs: 'near',
    weigh: weighDocument
  },
  {
    label: 'pii.government.de_passport',
    anchor: { kind: 'digits' },
    fewestDigits: 4,
    pattern: /[CFGHJKcfghjk][0-9CFGHJKLMNPRTVWXYZcfghjklmnprtvwxyz]{8}\d?D?(?![\w])/y,
    context: ['reisepass', 'passnummer', 'reisepassnummer', 'passport', 'pass nr', 'passport number'],
    needs: 'near',
    weigh: weighDocument
  },
  {
    label: 'pii.government.de_vat_id',
    anchor: { kind: 'digits' },
    fewestDigits: 9,
    pattern: /DE ?\d{3} ?\d{3} ?\d{3}(?![\w])/y,
    context: ['ust id', 'umsatzsteuer', 'ust idnr', 'ustid', 'umsatzsteuer identifikationsnummer', 'vat', 'vat id', 'vat number'],
    weigh: (value, surroundings) => mod11And10(digitsOf(value)) ? weighed(surroundings, 950, 700) : weighed(surroundings, 600, 0)
  },
  {
    label: 'phi.de_health_insurance',
    anchor: { kind: 'digits' },
    fewestDigits: 9,
    pattern: /[A-Za-z]\d{9}(?![\w])/y,
    context: ['krankenversichertennummer', 'versichertennummer', 'kvnr', 'krankenversicherung', 'krankenversicherungsnummer', 'gesundheitskarte', 'health insurance', 'krankenkasse', 'egk'],
    needs: 'near',
    weigh: value => isInsuredNumber(value) ? 950 : 0
  },
  ...numbered({ label: 'phi.de_lanr', digits: 9, holds: isPhysicianNumber, near: 900, context: ['lanr', 'arztnummer', 'lebenslange arztnummer', 'physician number'] }),
  ...numbered({
    label: 'pii.government.at_svnr',
    digits: 10,
    written: groups([4, 6], ' -'),
    holds: isAustrianInsurance,
    aloneInGroups: 550,
    context: ['svnr', 'sozialversicherungsnummer', 'sv nummer', 'versicherungsnummer', 'sozialversicherung', 'social security', 'social insurance', 'e card']
  }),
  ...numbered({
    label: 'pii.government.ch_ahv',
    digits: 13,
    written: groups([3, 4, 4, 2], '. '),
    holds: digits => digits.startsWith('756') && gs1(digits),
    alone: 850,
    aloneInGroups: 900,
    context: ['ahv', 'ahv nummer', 'ahvn13', 'avs', 'numero avs', 'sozialversicherungsnummer', 'oasi']
  })
]

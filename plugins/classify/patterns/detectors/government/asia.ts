/** Numbers of Asia and the Pacific. */
import { isDay, isShortDay } from '../../checks/dates.ts'
import { isOneDigit, luhn, mod11And2, verhoeff, weightedSum } from '../../checks/digits.ts'
import { weighed, type Detector } from '../../detector.ts'
import { groups, numbered } from '../../shapes.ts'

/** Kind of holder at the fourth place (Income Tax Department of India). */
const pan = /^[A-Z]{3}[ABCFGHJLPT][A-Z]\d{4}[A-Z]$/

/** Check character over base 36, weights 1 and 2 in turn. */
function isGstin (value: string): boolean {
  const plain = value.toUpperCase()
  let sum = 0
  for (let index = 0; index < 14; index++) {
    const product = parseInt(plain.charAt(index), 36) * (index % 2 === 0 ? 1 : 2)
    sum += Math.floor(product / 36) + product % 36
  }
  return pan.test(plain.slice(2, 12)) && ((36 - sum % 36) % 36).toString(36).toUpperCase() === plain.charAt(14)
}

/** Check letter by the prefix: S and T, F and G, M have tables of their own. */
function isNric (value: string): boolean {
  const plain = value.toUpperCase()
  const sum = weightedSum(plain.slice(1, 8), [2, 7, 6, 5, 4, 3, 2])
  switch (plain.charAt(0)) {
    case 'S': return 'JZIHGFEDCBA'.charAt(sum % 11) === plain.charAt(8)
    case 'T': return 'JZIHGFEDCBA'.charAt((sum + 4) % 11) === plain.charAt(8)
    case 'F': return 'XWUTRQPNMLK'.charAt(sum % 11) === plain.charAt(8)
    case 'G': return 'XWUTRQPNMLK'.charAt((sum + 4) % 11) === plain.charAt(8)
    case 'M': return 'KLJNPQRTUWX'.charAt(10 - (sum + 3) % 11) === plain.charAt(8)
    default: return false
  }
}

/** Korea: birthday, sex and century, check digit, which those born since October 2020 do not have. */
function isRrn (digits: string): boolean {
  const century = [1800, 1900, 1900, 2000, 2000, 1900, 1900, 2000, 2000, 1800][Number(digits.charAt(6))] ?? 0
  const [year, month] = [century + Number(digits.slice(0, 2)), Number(digits.slice(2, 4))]
  const hasCheck = year < 2020 || (year === 2020 && month < 10)
  const check = (11 - weightedSum(digits, [2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]) % 11) % 10
  return isDay(year, month, Number(digits.slice(4, 6))) && (!hasCheck || check === Number(digits.charAt(12)))
}

function isThai (digits: string): boolean {
  return !isOneDigit(digits) && !/^[09]/.test(digits) && (11 - weightedSum(digits, [13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11) % 10 === Number(digits.charAt(12))
}

function isChinese (value: string): boolean {
  return isDay(Number(value.slice(6, 10)), Number(value.slice(10, 12)), Number(value.slice(12, 14))) && mod11And2(value)
}

function isMyNumber (digits: string): boolean {
  const remainder = weightedSum(digits, [6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11
  return !isOneDigit(digits) && (remainder <= 1 ? 0 : 11 - remainder) === Number(digits.charAt(11))
}

/** Taiwan: a letter for the region as two digits, then weights 1, 9, 8, ... 1, 1. */
function isTaiwanese (value: string): boolean {
  const region = 10 + 'ABCDEFGHJKLMNPQRSTUVXYWZIO'.indexOf(value.charAt(0).toUpperCase())
  const sum = Math.floor(region / 10) + region % 10 * 9 + weightedSum(value.slice(1), [8, 7, 6, 5, 4, 3, 2, 1, 1])
  return sum % 10 === 0
}

/** Hong Kong: weights 9 to 2 over letters and digits, modulo 11. */
function isHongKong (value: string): boolean {
  const plain = value.toUpperCase().replace(/[() ]/g, '')
  const body = plain.slice(0, -1).padStart(8, ' ')
  let sum = 0
  for (let index = 0; index < 8; index++) {
    const unit = body.charAt(index)
    sum += (unit === ' ' ? 36 : parseInt(unit, 36)) * (9 - index)
  }
  const check = (11 - sum % 11) % 11
  return (check === 10 ? 'A' : String(check)) === plain.slice(-1)
}

/** Modulo 89, after 1 is taken from the first digit (Australian Business Register). */
function isAbn (digits: string): boolean {
  return !isOneDigit(digits) && (weightedSum(digits, [10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19]) - 10) % 89 === 0
}

function isAcn (digits: string): boolean {
  return !isOneDigit(digits) && (10 - weightedSum(digits, [8, 7, 6, 5, 4, 3, 2, 1]) % 10) % 10 === Number(digits.charAt(8))
}

function isTfn (digits: string): boolean {
  return !isOneDigit(digits) && weightedSum(digits, [1, 4, 3, 7, 5, 8, 6, 9, 10]) % 11 === 0
}

/** Of India, as number plates begin. */
const states = 'AN|AP|AR|AS|BR|CG|CH|DD|DL|GA|GJ|HP|HR|JH|JK|KA|KL|LA|LD|MH|ML|MN|MP|MZ|NL|OD|OR|PB|PY|RJ|SK|TN|TR|TS|UK|UP|WB'

const indianWords = ['aadhaar', 'aadhar', 'uidai', 'uid', 'adhaar', 'aadhaar number', 'aadhaar card']

export const asia: readonly Detector[] = [
  ...numbered({ label: 'pii.government.in_aadhaar', digits: 12, written: groups([4, 4, 4], ' -'), holds: digits => /^[2-9]/.test(digits) && verhoeff(digits), near: 960, aloneInGroups: 600, context: indianWords }),
  {
    label: 'pii.government.in_pan',
    anchor: { kind: 'digits' },
    fewestDigits: 4,
    pattern: /[A-Za-z]{5}\d{4}[A-Za-z](?![\w])/y,
    context: ['pan', 'pan card', 'pan number', 'permanent account number', 'income tax'],
    weigh: (value, surroundings) => pan.test(value.toUpperCase()) ? weighed(surroundings, 950, value === value.toUpperCase() ? 750 : 0) : 0
  },
  {
    label: 'pii.government.in_gstin',
    anchor: { kind: 'digits' },
    fewestDigits: 6,
    pattern: /(?:0[1-9]|[1-3]\d|97)[A-Za-z]{5}\d{4}[A-Za-z][1-9A-Za-z][Zz][0-9A-Za-z](?![\w])/y,
    context: ['gstin', 'gst', 'gst number', 'goods and services tax'],
    weigh: (value, surroundings) => isGstin(value) ? weighed(surroundings, 980, 920) : 0
  },
  { label: 'pii.government.in_passport', anchor: { kind: 'digits' }, fewestDigits: 7, pattern: /[A-PR-WYa-pr-wy][1-9]\d ?\d{4}[1-9](?![\w])/y, context: ['passport', 'passport number', 'passport no', 'indian passport'], needs: 'named', weigh: () => 680 },
  { label: 'pii.government.in_voter', anchor: { kind: 'digits' }, fewestDigits: 7, pattern: /[A-Za-z]{3}\d{7}(?![\w])/y, context: ['voter', 'voter id', 'epic', 'epic number', 'election card', 'elector'], needs: 'named', weigh: () => 680 },
  ...[`(?:${states})`, `(?<=(?<![A-Za-z0-9])(?<before>(?:${states})[ -]))`].map((state): Detector => ({
    label: 'pii.government.in_vehicle_registration',
    anchor: { kind: 'digits' },
    fewestDigits: 2,
    pattern: new RegExp(`${state}\\d{1,2}[ -]?[A-Z]{1,3}[ -]?\\d{4}(?![\\w])`, 'y'),
    context: ['vehicle', 'registration', 'number plate', 'licence plate', 'license plate', 'car', 'rc', 'rto'],
    needs: 'near',
    weigh: () => 800
  })),
  {
    label: 'pii.government.sg_nric_fin',
    anchor: { kind: 'digits' },
    fewestDigits: 7,
    pattern: /[STFGMstfgm]\d{7}[A-Za-z](?![\w])/y,
    context: ['nric', 'fin', 'nric number', 'identity card', 'singapore', 'ic number', 'ic no', 'uin'],
    weigh: (value, surroundings) => isNric(value) ? weighed(surroundings, 960, value === value.toUpperCase() ? 850 : 0) : 0
  },
  ...numbered({ label: 'pii.government.kr_rrn', digits: 13, written: groups([6, 7], '-'), holds: isRrn, near: 970, aloneInGroups: 900, context: ['rrn', 'resident registration', 'jumin', 'korean', 'jumin number'] }),
  ...numbered({ label: 'pii.government.th_tnin', digits: 13, written: groups([1, 4, 5, 2, 1], '- '), holds: isThai, near: 960, aloneInGroups: 900, context: ['thai', 'tnin', 'national id', 'thai id', 'citizen id', 'id card'] }),
  {
    label: 'pii.government.cn_id',
    anchor: { kind: 'digits' },
    fewestDigits: 17,
    pattern: /(?<!\d[-./])[1-8]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?![\w]|[-./]\d)/y,
    context: ['id card', 'resident identity', 'shenfenzheng', 'chinese', 'identity card'],
    weigh: (value, surroundings) => isChinese(value) ? weighed(surroundings, 980, 930) : 0
  },
  ...numbered({ label: 'pii.government.jp_my_number', digits: 12, written: groups([4, 4, 4], '- '), holds: isMyNumber, near: 940, context: ['my number', 'mynumber', 'kojin bango', 'individual number', 'japanese'] }),
  {
    label: 'pii.government.tw_id',
    anchor: { kind: 'digits' },
    fewestDigits: 9,
    pattern: /[A-Za-z][1289]\d{8}(?![\w])/y,
    context: ['taiwan', 'national id', 'arc', 'id number', 'identity card'],
    weigh: (value, surroundings) => isTaiwanese(value) ? weighed(surroundings, 950, value === value.toUpperCase() ? 600 : 0) : 0
  },
  {
    label: 'pii.government.hk_id',
    anchor: { kind: 'digits' },
    fewestDigits: 6,
    pattern: /[A-Za-z]{1,2}\d{6} ?(?:\([0-9Aa]\)|[0-9Aa](?![\w]))/y,
    context: ['hkid', 'hong kong', 'identity card', 'hkid card'],
    weigh: (value, surroundings) => isHongKong(value) ? weighed(surroundings, 950, value.includes('(') ? 800 : 0) : 0
  },
  ...numbered({ label: 'pii.government.my_nric', digits: 12, written: groups([6, 2, 4], '-'), holds: digits => isShortDay(digits.slice(0, 6)), near: 900, aloneInGroups: 700, context: ['mykad', 'nric', 'ic number', 'ic no', 'kad pengenalan', 'malaysian'] }),
  ...numbered({ label: 'pii.government.id_nik', digits: 16, holds: digits => /^[1-9]\d{5}(?:0[1-9]|[12]\d|3[01]|4[1-9]|[56]\d|7[01])(?:0[1-9]|1[0-2])/.test(digits), near: 850, context: ['nik', 'ktp', 'nomor induk kependudukan', 'indonesian'] }),
  ...numbered({ label: 'pii.government.au_tfn', digits: 9, written: groups([3, 3, 3], ' -'), holds: isTfn, context: ['tfn', 'tax file number', 'tax file', 'australian'] }),
  ...numbered({ label: 'pii.government.au_abn', digits: 11, written: groups([2, 3, 3, 3], ' '), holds: isAbn, near: 950, aloneInGroups: 800, context: ['abn', 'australian business number', 'business number'] }),
  ...numbered({ label: 'pii.government.au_acn', digits: 9, written: groups([3, 3, 3], ' '), holds: isAcn, near: 930, context: ['acn', 'australian company number', 'company number'] }),
  ...numbered({
    label: 'pii.government.nz_ird',
    digits: 9,
    written: groups([3, 3, 3], '- '),
    holds: digits => (11 - weightedSum(digits, [3, 2, 7, 6, 5, 4, 3, 2]) % 11) % 11 === Number(digits.charAt(8)) && !isOneDigit(digits),
    near: 900,
    context: ['ird', 'ird number', 'inland revenue']
  }),
  ...numbered({ label: 'pii.government.il_id', digits: 9, written: groups([8, 1], '-'), holds: digits => luhn(digits) && !isOneDigit(digits), near: 880, context: ['teudat zehut', 'israeli', 'tz', 'israeli id', 'mispar zehut'] }),
  ...numbered({ label: 'pii.government.ae_emirates_id', digits: 15, written: groups([3, 4, 7, 1], '-'), holds: digits => digits.startsWith('784') && luhn(digits), near: 970, aloneInGroups: 930, alone: 700, context: ['emirates id', 'eid', 'uae'] })
]

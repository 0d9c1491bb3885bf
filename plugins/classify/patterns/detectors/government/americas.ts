/** Numbers of Canada, Latin America and Africa. */
import { isShortDay } from '../../checks/dates.ts'
import { isOneDigit, luhn, weightedSum } from '../../checks/digits.ts'
import { digitsOf, weighed, type Detector } from '../../detector.ts'
import { groups, numbered } from '../../shapes.ts'

function isCpf (digits: string): boolean {
  const first = weightedSum(digits, [10, 9, 8, 7, 6, 5, 4, 3, 2]) * 10 % 11 % 10
  const second = weightedSum(digits, [11, 10, 9, 8, 7, 6, 5, 4, 3, 2]) * 10 % 11 % 10
  return !isOneDigit(digits) && digits.endsWith(`${first}${second}`)
}

function isCnpj (digits: string): boolean {
  const check = (weights: readonly number[]): number => {
    const remainder = weightedSum(digits, weights) % 11
    return remainder < 2 ? 0 : 11 - remainder
  }
  return !isOneDigit(digits) && digits.endsWith(`${check([5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2])}${check([6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2])}`)
}

/** Argentina: modulo 11 over weights 5 4 3 2 7 6 5 4 3 2. */
function isCuit (digits: string): boolean {
  const check = (11 - weightedSum(digits, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11) % 11
  return /^(?:2[03-7]|3[034]|5[015])/.test(digits) && (check === 10 ? 9 : check) === Number(digits.charAt(10))
}

/** Chile: modulo 11 from the right, K for 10. */
function isRut (value: string): boolean {
  const plain = value.replace(/[.-]/g, '').toUpperCase()
  let sum = 0
  for (let index = plain.length - 2, weight = 2; index >= 0; index--, weight = weight === 7 ? 2 : weight + 1) sum += Number(plain.charAt(index)) * weight
  const check = 11 - sum % 11
  return (check === 11 ? '0' : check === 10 ? 'K' : String(check)) === plain.slice(-1)
}

const curpUnits = '0123456789ABCDEFGHIJKLMNÑOPQRSTUVWXYZ'

/** Mexico: birthday, sex, state, consonants, and a check digit over base 37. */
function isCurp (value: string): boolean {
  const plain = value.toUpperCase()
  let sum = 0
  for (let index = 0; index < 17; index++) sum += curpUnits.indexOf(plain.charAt(index)) * (18 - index)
  return isShortDay(plain.slice(4, 10)) && (10 - sum % 10) % 10 === Number(plain.charAt(17))
}

export const americas: readonly Detector[] = [
  ...numbered({
    label: 'pii.government.ca_sin',
    digits: 9,
    written: groups([3, 3, 3], '- '),
    holds: digits => !/^[08]/.test(digits) && luhn(digits) && !isOneDigit(digits),
    near: 930,
    context: ['sin', 'social insurance', 'social insurance number', 'nas', 'assurance sociale', 'numero d assurance sociale', 'canadian']
  }),
  ...numbered({ label: 'pii.government.br_cpf', digits: 11, written: [/(?<!\d[-./])\d{3}\.\d{3}\.\d{3}-\d{2}(?![\w]|[-./]\d)/y], holds: isCpf, near: 970, alone: 550, aloneInGroups: 900, context: ['cpf', 'cadastro de pessoas', 'brazilian'] }),
  ...numbered({ label: 'pii.government.br_cnpj', digits: 14, written: [/(?<!\d[-./])\d{2}\.\d{3}\.\d{3}\/\d{4}-\d{2}(?![\w]|[-./]\d)/y], holds: isCnpj, near: 970, alone: 600, aloneInGroups: 930, context: ['cnpj', 'cadastro nacional', 'brazilian'] }),
  ...numbered({ label: 'pii.government.ar_cuit', digits: 11, written: groups([2, 8, 1], '-'), holds: isCuit, near: 950, aloneInGroups: 850, context: ['cuit', 'cuil', 'argentine'] }),
  {
    label: 'pii.government.cl_rut',
    anchor: { kind: 'digits' },
    fewestDigits: 7,
    pattern: /(?<!\d[-./])(?:\d{1,2}\.\d{3}\.\d{3}|\d{7,8})-[\dKk](?![\w]|[-./]\d)/y,
    context: ['rut', 'run', 'rol unico', 'chilean'],
    weigh: (value, surroundings) => isRut(value) ? weighed(surroundings, 960, value.includes('.') ? 850 : 0) : 0
  },
  {
    label: 'pii.government.mx_curp',
    anchor: { kind: 'digits' },
    fewestDigits: 6,
    pattern: /[A-Za-z]{4}\d{6}[HMXhmx][A-Za-z]{5}[0-9A-Za-z]\d(?![\w])/y,
    context: ['curp', 'clave unica', 'mexican'],
    weigh: (value, surroundings) => isCurp(value) ? weighed(surroundings, 980, 920) : 0
  },
  {
    label: 'pii.government.mx_rfc',
    anchor: { kind: 'digits' },
    fewestDigits: 6,
    pattern: /[A-Za-z&]{3,4}\d{6}[0-9A-Za-z]{3}(?![\w])/y,
    context: ['rfc', 'registro federal', 'contribuyentes'],
    needs: 'near',
    weigh: value => isShortDay(digitsOf(value).slice(0, 6)) ? 900 : 0
  },
  ...numbered({
    label: 'pii.government.za_id_number',
    digits: 13,
    written: [...groups([6, 4, 3], ' '), ...groups([6, 4, 2, 1], ' ')],
    holds: digits => isShortDay(digits.slice(0, 6)) && /^\d{10}[0-2]/.test(digits) && luhn(digits),
    near: 970,
    alone: 700,
    aloneInGroups: 800,
    context: ['south african', 'sa id', 'id number', 'identity number', 'rsa id', 'za']
  }),
  ...numbered({ label: 'pii.government.ng_nin', digits: 11, holds: digits => !isOneDigit(digits), near: 800, context: ['nin', 'national identification number', 'nimc', 'nigerian'] })
]

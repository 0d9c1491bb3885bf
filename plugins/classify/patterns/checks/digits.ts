/** Check-digit rules. Each takes digits alone (letters where said) and answers whether they hold. */

/** Luhn (ISO/IEC 7812-1, annex B). */
export function luhn (digits: string): boolean {
  let sum = 0
  for (let index = 0; index < digits.length; index++) {
    const digit = digits.charCodeAt(digits.length - 1 - index) - 48
    const doubled = index % 2 === 0 ? digit : digit * 2
    sum += doubled > 9 ? doubled - 9 : doubled
  }
  return sum % 10 === 0
}

/** Sum of each digit times its weight. Digits beyond the weights do not count. */
export function weightedSum (digits: string, weights: readonly number[]): number {
  let sum = 0
  for (let index = 0; index < weights.length; index++) sum += (weights[index] ?? 0) * (digits.charCodeAt(index) - 48)
  return sum
}

/** ISO/IEC 7064 MOD 97-10 over digits and upper-case letters (A = 10 ... Z = 35): the remainder. */
export function remainder97 (characters: string): number {
  let remainder = 0
  for (const character of characters) {
    const value = parseInt(character, 36)
    remainder = (remainder * (value > 9 ? 100 : 10) + value) % 97
  }
  return remainder
}

/** ISO/IEC 7064 MOD 11,10; the last digit is the check digit. */
export function mod11And10 (digits: string): boolean {
  let product = 10
  for (const digit of digits.slice(0, -1)) {
    const sum = (Number(digit) + product) % 10
    product = ((sum === 0 ? 10 : sum) * 2) % 11
  }
  return (11 - product) % 10 === Number(digits.at(-1))
}

/** ISO/IEC 7064 MOD 11-2; the check character may be X, for 10. */
export function mod11And2 (characters: string): boolean {
  let sum = 0
  for (const digit of characters.slice(0, -1)) sum = (sum + Number(digit)) * 2 % 11
  const check = (12 - sum) % 11
  return (check === 10 ? 'X' : String(check)) === characters.slice(-1).toUpperCase()
}

/** The digit of GS1 (EAN-13 and its kin): weights 1 and 3 in turn from the right. */
export function gs1 (digits: string): boolean {
  let sum = 0
  for (let index = 0; index < digits.length; index++) sum += (digits.charCodeAt(digits.length - 1 - index) - 48) * (index % 2 === 0 ? 1 : 3)
  return sum % 10 === 0
}

/** Multiplication in the dihedral group D5: 0-4 are rotations, 5-9 reflections. */
function dihedral (left: number, right: number): number {
  if (left < 5) return right < 5 ? (left + right) % 5 : 5 + (left + right) % 5
  return right < 5 ? 5 + (left - right + 5) % 5 : (left - right + 5) % 5
}

/** Verhoeff's permutation, applied once. */
const permutation = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4]

function permuted (digit: number, times: number): number {
  let result = digit
  for (let index = 0; index < times % 8; index++) result = permutation[result] ?? 0
  return result
}

/** Verhoeff (1969); the last digit is the check digit. */
export function verhoeff (digits: string): boolean {
  let check = 0
  for (let index = 0; index < digits.length; index++) {
    check = dihedral(check, permuted(Number(digits[digits.length - 1 - index]), index))
  }
  return check === 0
}

/** True for `7777777777`. */
export function isOneDigit (digits: string): boolean {
  return /^(\d)\1*$/.test(digits)
}

/** The weights 7, 3, 1 of machine-readable travel documents (ICAO 9303); letters count 10 to 35. The last is the check digit. */
export function icao (characters: string): boolean {
  let sum = 0
  for (let index = 0; index < characters.length - 1; index++) sum += parseInt(characters.charAt(index), 36) * ([7, 3, 1][index % 3] ?? 0)
  return sum % 10 === Number(characters.slice(-1))
}

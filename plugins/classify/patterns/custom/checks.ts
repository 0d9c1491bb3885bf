/** Checks that a detector of one's own can ask for, by name. */
import { gs1, luhn, mod11And10, mod11And2, remainder97, verhoeff } from '../checks/digits.ts'
import { digitsOf } from '../detector.ts'

const checks = {
  luhn: value => luhn(digitsOf(value)),
  verhoeff: value => verhoeff(digitsOf(value)),
  gs1: value => gs1(digitsOf(value)),
  mod_97: value => remainder97(value.replace(/[^A-Za-z0-9]/g, '').toUpperCase()) === 1,
  mod_11_10: value => mod11And10(digitsOf(value)),
  mod_11_2: value => mod11And2(value.replace(/[^\dXx]/g, ''))
} as const satisfies Record<string, (value: string) => boolean>

export type CheckName = keyof typeof checks

export const checkNames = Object.keys(checks) as CheckName[]

export function passes (check: CheckName, value: string): boolean {
  return checks[check](value)
}

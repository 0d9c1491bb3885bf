/** Values that an operator says are nothing. */
import { matchesLabel } from '../../../../core/enforce/label.ts'
import type { AllowEntry } from './config.ts'

/** True for what counts as nothing. */
export type Allowed = (label: string, value: string) => boolean

/** Null where nothing is allowed. */
export function allowedValues (entries: readonly AllowEntry[]): Allowed | null {
  if (entries.length === 0) return null
  const rules = entries.map(({ labels = ['*'], values }) => ({ labels, patterns: values.map(pattern) }))
  return (label, value) => {
    const plain = plainText(value)
    return rules.some(({ labels, patterns }) => labels.some(glob => matchesLabel(glob, label)) && patterns.some(one => one.test(plain)))
  }
}

/** Values are short: what `*` stands for is too. */
function pattern (value: string): RegExp {
  const parts = value.split('*').map(part => plainText(part).replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
  return new RegExp(`^${parts.join('.*')}$`, 's')
}

function plainText (value: string): string {
  return value.normalize('NFKC').toLowerCase().replace(/[^\p{L}\p{N}@]/gu, '')
}

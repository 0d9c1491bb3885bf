/** What a credential looks like that nothing marks as one but the name it is given. */
import { hasDistinct } from '../../detector.ts'

/** What stands where a value would: references, calls, blanks, words of documentation. */
const placeholder = /^(?:\$|<|\{\{|%|\[|&|@|\*{3}|x{4}|\.{3}|process\.|os\.|env[.[(:]|null\b|none\b|nil\b|true\b|false\b|undefined\b|string\b|function\b|await\b|new\b|self\.|this\.|config\.|settings\.|args\.|req\.|request\.|props\.|data\.|var\.|local\.|module\.|secrets\.|vault:|ref\+|arn:|file:|https?:|~\/|\.{1,2}\/)|[(){}]|x{6}|\*{4}|•{3}|your[-_ ]?|example|sample|placeholder|change[-_]?me|redacted|dummy|insert|replace|goes[-_]here|<[a-z]|todo|fixme|lorem/i

/** Values that documentation and defaults are full of. */
const worn = /^(?:u?int\d{1,2}|float\d{2}|[a-z]+\d{0,2}array|base64|utf-?8|sha-?\d{1,3}|md5|bcrypt|argon2[a-z]{0,2}|pbkdf2|oauth2?|pass(?:word|wd|phrase)?\d{0,4}|secret\d{0,3}|token\d{0,3}|test(?:ing)?\d{0,4}|admin\d{0,3}|root\d{0,3}|user(?:name)?\d{0,3}|guest|default|postgres|mysql|redis|required|optional|hidden|invalid|incorrect|wrong|reset|expired|forgotten|protected|string|number|boolean|object|text|value|null|none|foobar|foo|bar|baz|empty|unknown|enabled|disabled)$/i

export function isPlaceholderValue (value: string): boolean {
  return placeholder.test(value) || worn.test(value)
}

/** Bits per unit of a text. */
export function entropy (text: string): number {
  const counts = new Map<string, number>()
  for (const unit of text) counts.set(unit, (counts.get(unit) ?? 0) + 1)
  let sum = 0
  for (const count of counts.values()) sum -= count / text.length * Math.log2(count / text.length)
  return sum
}

/** How many of lower case, upper case, digits and others a text has. */
export function classesOf (text: string): number {
  return [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z0-9]/].filter(pattern => pattern.test(text)).length
}

/** A name that a person gave to something: words and short numbers, joined by signs or by capitals. */
function isName (value: string): boolean {
  const parts = value.split(/[-_./:]/).filter(part => part !== '')
  return parts.every(part => /^(?:[A-Z]?[a-z]{2,}|[A-Z]{2,}|v?\d{1,4}|[a-z]{1,3}\d{1,3})$/.test(part) || /^[A-Z]{0,6}(?:[A-Z]?[a-z]{2,}\d{0,5})+$/.test(part))
}

/** A generated value: long, mixed, unlike a name, a path or a version. 0-1000. */
export function weighGenerated (value: string): number {
  if (isPlaceholderValue(value) || !hasDistinct(value, 8) || !/\d/.test(value) || !/[A-Za-z]/.test(value) || isName(value)) return 0
  const isHex = /^[a-f0-9-]+$/i.test(value)
  if (value.length < 16) return /[a-z]/.test(value) && /[A-Z]/.test(value) && entropy(value) >= 3.2 ? 600 : 0
  return entropy(value) >= (isHex ? 3 : 3.4) ? 650 : 0
}

/** A path, of code or of files. */
function isPath (value: string): boolean {
  return /^[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)+$/.test(value) || /^(?:\/[\w.-]+)+\/?$/.test(value)
}

/** A name in a program, with what may follow it there. */
const identifier = /^:{0,2}[A-Za-z_]+(?:::[A-Za-z_]+)*(?:\[\]|\(\)?)?[:;,]?$/

/** A password that a person chose is shorter and less even: three classes of characters, or letters with digits. 0-1000. */
export function weighPassword (value: string): number {
  if (isPlaceholderValue(value) || !hasDistinct(value, 5)) return 0
  if (isPath(value) || identifier.test(value)) return 0
  const classes = classesOf(value)
  if (classes >= 3) return 680
  return classes === 2 && /\d/.test(value) && /[A-Za-z]/.test(value) ? 600 : 0
}

/** After a key of some environment's file anything is a password that is no placeholder. 0-1000. */
export function weighEnvironment (value: string): number {
  if (isPlaceholderValue(value) || isPath(value) || !hasDistinct(value, 4)) return 0
  return Math.max(weighPassword(value), value.length >= 8 ? 560 : 0)
}

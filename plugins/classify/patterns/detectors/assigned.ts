/** Credentials that only their surroundings give away: assignments, headers, addresses with a password. */
import { distinct, type Detector } from '../detector.ts'

const passwordWords = ['password', 'passwd', 'pwd', 'passphrase', 'passwort', 'kennwort', 'mot de passe', 'contrasena', 'db pass', 'dbpass', 'pass']
const secretWords = ['api key', 'apikey', 'secret', 'secret key', 'client secret', 'access token', 'auth token', 'token', 'private key', 'access key', 'account key', 'sharedaccesskey', 'credential', 'credentials', 'encryption key', 'signing key', 'session key', 'api secret', 'webhook secret']

/** What stands where a value would: references, calls, blanks, words of documentation. */
const placeholder = /^(?:\$|<|\{\{|%|\[|\*{3}|x{4}|\.{3}|process\.|os\.|env[.[(]|null\b|none\b|true\b|false\b|undefined\b|string\b|function\b|await\b|self\.|this\.|config\.|settings\.)|[(){}]|x{6}|\*{4}|your[-_ ]?|example|placeholder|changeme|change_me|redacted|dummy/i

/** Bits per unit of a text. */
function entropy (text: string): number {
  const counts = new Map<string, number>()
  for (const unit of text) counts.set(unit, (counts.get(unit) ?? 0) + 1)
  return [...counts.values()].reduce((sum, count) => sum - count / text.length * Math.log2(count / text.length), 0)
}

/** How many of lower case, upper case, digits and others a text has. */
function classesOf (text: string): number {
  return [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z0-9]/].filter(pattern => pattern.test(text)).length
}

/** A generated value: long, mixed, unlike a word, a path or a version. */
function weighGenerated (value: string): number {
  if (placeholder.test(value) || distinct(value) < 8 || !/\d/.test(value) || !/[A-Za-z]/.test(value)) return 0
  const least = /^[a-f0-9]+$/i.test(value) ? 3 : 3.4
  return entropy(value) >= least ? 650 : 0
}

/** A password that a person chose is shorter and less even: three classes of characters, or letters with digits. */
function weighPassword (value: string): number {
  if (placeholder.test(value) || distinct(value) < 5) return 0
  const classes = classesOf(value)
  if (classes >= 3) return 680
  return classes === 2 && /\d/.test(value) && /[A-Za-z]/.test(value) ? 600 : 0
}

function weighAwsSecret (value: string): number {
  return classesOf(value) >= 3 && entropy(value) >= 4 ? 950 : 0
}

const awsSecretWords = ['aws secret', 'aws secret key', 'aws secret access key', 'secret access key', 'secretaccesskey', 'awssecretkey']

/** Between a name and its value: `password = "`, `"token": "`, `--password `, `API_KEY=>'`. */
const assignment = '[A-Za-z0-9_]{0,16}[\\\\"\'`\\])]{0,4}[ \\t]{0,3}(?:=>|:=|==|=|:)[ \\t]{0,3}[\\\\"\'`]{0,4}'

/** A password of a URL that is none. */
const emptyPassword = /^(?:password|passwd|pass|pwd|user|secret|x+|\*+)$/i

function weighConnection (value: string): number {
  const [, password = ''] = /:\/\/[^:]{0,64}:([^@]{1,128})@/.exec(value) ?? []
  return placeholder.test(password) || emptyPassword.test(password) ? 0 : 900
}

function weighBasic (value: string): number {
  const text = Buffer.from(value, 'base64').toString('utf8')
  return /^[\x20-\x7e]{1,128}:[\x20-\x7e]{1,128}$/.test(text) ? 900 : 0
}

export const assigned: readonly Detector[] = [
  {
    label: 'secret.aws_secret_key',
    anchor: { kind: 'after', words: [...awsSecretWords, 'aws secret access key id'] },
    pattern: /[\\"'`\])]{0,4}\s{0,3}(?:=>|:=|=|:|is)?\s{0,3}[\\"'`]{0,4}(?<value>[A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])/y,
    weigh: weighAwsSecret
  },
  {
    label: 'secret.aws_secret_key',
    anchor: { kind: 'whole' },
    pattern: /[A-Za-z0-9/+]{40}$/y,
    context: awsSecretWords,
    weigh: weighAwsSecret
  },
  {
    label: 'secret.password',
    anchor: { kind: 'after', words: passwordWords },
    pattern: new RegExp(`${assignment}(?<value>[^\\s"'\`,;<>\\\\]{6,128})`, 'y'),
    weigh: weighPassword
  },
  {
    label: 'secret.password',
    anchor: { kind: 'after', words: passwordWords },
    pattern: /[ \t]{1,3}(?:is|was|ist|est|es|to)[ \t:]{1,3}["'`]?(?<value>[^\s"'`,;<>]{5,127}[^\s"'`,;<>.!?)])/y,
    weigh: weighPassword
  },
  {
    label: 'secret.password',
    anchor: { kind: 'whole' },
    pattern: /[^\s<>]{6,128}$/y,
    context: passwordWords.filter(word => word !== 'pass'),
    weigh: weighPassword
  },
  {
    label: 'secret.generic',
    anchor: { kind: 'after', words: secretWords },
    pattern: new RegExp(`${assignment}(?<value>[A-Za-z0-9_+/=.~-]{16,256})(?![A-Za-z0-9_(])`, 'y'),
    weigh: weighGenerated
  },
  {
    label: 'secret.generic',
    anchor: { kind: 'whole' },
    pattern: /[A-Za-z0-9_+/=.~-]{16,256}$/y,
    context: secretWords,
    weigh: weighGenerated
  },
  {
    label: 'secret.bearer_token',
    anchor: { kind: 'after', words: ['bearer'] },
    pattern: / {1,3}(?<value>[A-Za-z0-9_+/=.~-]{20,1024})(?![A-Za-z0-9_])/y,
    weigh: value => weighGenerated(value) === 0 ? 0 : 750
  },
  {
    label: 'secret.basic_credentials',
    anchor: { kind: 'after', words: ['basic'] },
    pattern: / {1,3}(?<value>[A-Za-z0-9+/]{8,256}={0,2})(?![A-Za-z0-9+/=])/y,
    weigh: weighBasic
  },
  {
    label: 'secret.connection_string',
    anchor: { kind: 'words', words: ['://'] },
    pattern: /(?<=(?<![A-Za-z0-9])(?<before>[A-Za-z][A-Za-z0-9+.-]{1,30})):\/\/[^\s:@/"'`<>]{0,64}:[^\s@"'`<>]{1,128}@[A-Za-z0-9[_][A-Za-z0-9.\-\]_:,]{0,254}(?:\/[A-Za-z0-9_.-]{0,64})?/y,
    weigh: weighConnection
  },
  {
    label: 'secret.azure_storage_key',
    anchor: { kind: 'words', words: ['accountkey='] },
    pattern: /AccountKey=[A-Za-z0-9+/]{86}==/y,
    weigh: () => 980
  }
]

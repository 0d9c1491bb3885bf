/** Credentials that only their surroundings give away: assignments, phrases, headers, addresses with a password. */
import type { Detector } from '../../detector.ts'
import { classesOf, entropy, isPlaceholderValue, weighEnvironment, weighGenerated, weighPassword } from './value.ts'

const passwordWords = ['password', 'passwd', 'pwd', 'passphrase', 'passcode', 'passwort', 'kennwort', 'mot de passe', 'contrasena', 'senha', 'wachtwoord', 'db pass', 'dbpass', 'pass', 'userpass', 'mysql pwd']
const secretWords = [
  'api key', 'apikey', 'secret', 'secret key', 'client secret', 'clientsecret', 'access token', 'accesstoken', 'auth token', 'authtoken', 'token', 'private key', 'privatekey', 'access key', 'accesskey', 'account key', 'sharedaccesskey', 'credential', 'credentials',
  'encryption key', 'signing key', 'session key', 'api secret', 'webhook secret', 'api token', 'app secret', 'master key', 'service key', 'license key', 'auth key', 'authorization', 'refresh token', 'id token', 'secret id', 'shared secret', 'hmac key', 'deploy key', 'bot token', 'consumer secret'
]

function weighAwsSecret (value: string): number {
  return classesOf(value) >= 3 && entropy(value) >= 4 && !/EXAMPLE/.test(value) ? 950 : 0
}

const awsSecretWords = ['aws secret', 'aws secret key', 'aws secret access key', 'secret access key', 'secretaccesskey', 'awssecretkey']

/** A text that redaction put there is none. */
const unredacted = '(?<!\\[[A-Z0-9_]{1,40})'

/** Between a name and its value: `password = "`, `"token": "`, `API_KEY=>'`, `<secret>`. */
const assignment = `${unredacted}[A-Za-z0-9_-]{0,16}[\\\\"'\`\\])]{0,4}[ \\t]{0,3}(?:=>|:=|==|=|:|>)[ \\t]{0,3}[\\\\"'\`]{0,4}`

/** A password of a URL that is none. */
const emptyPassword = /^(?:password|passwd|pass|pwd|user|secret|x+|\*+)$/i

function weighConnection (value: string): number {
  const [, password = ''] = /:\/\/[^:]{0,64}:([^@]{1,128})@/.exec(value) ?? []
  return password.length < 4 || isPlaceholderValue(password) || emptyPassword.test(password) ? 0 : 900
}

function weighBasic (value: string): number {
  const text = Buffer.from(value, 'base64').toString('utf8')
  return /^[\x20-\x7e]{1,128}:[\x20-\x7e]{1,128}$/.test(text) ? 900 : 0
}

/** A generated value under so general a name must look it in every way. */
function weighKey (value: string): number {
  const digits = value.replace(/\D/g, '').length
  return digits >= 3 && /[a-z]/.test(value) && /[A-Z]/.test(value) && entropy(value) >= 4 && weighGenerated(value) > 0 ? 600 : 0
}

/** Nothing but the word before it says what it is: it must look it, with digits, both cases and a sign that names do not have. */
function weighBare (value: string): number {
  return /\d/.test(value) && /[a-z]/.test(value) && /[A-Z]/.test(value) && /[!@#$%^&*+~?]/.test(value) ? weighPassword(value) : 0
}

const password: readonly Detector[] = [
  {
    label: 'secret.password',
    anchor: { kind: 'after', words: passwordWords },
    pattern: new RegExp(`${assignment}(?<value>(?:(?!&[a-z_]{1,20}=)[^\\s"'\`,;<>\\\\]){6,72})`, 'y'),
    weigh: weighPassword
  },
  {
    label: 'secret.password',
    anchor: { kind: 'after', words: passwordWords },
    pattern: /(?:(?:[ \t]{1,3}(?:for|to|of|on|in) [^\s"'`,;<>]{1,30}(?: [^\s"'`,;<>]{1,30})?)?[ \t]{1,3}(?:is|was|ist|lautet|est|es|is now|set to|changed to|to)|[ \t]{0,2}[:=-]>?)[ \t:]{1,3}["'`]?(?<value>[^\s"'`,;<>]{5,127}[^\s"'`,;<>.!?)])/y,
    weigh: weighPassword
  },
  {
    label: 'secret.password',
    anchor: { kind: 'after', words: ['password', 'passwd', 'pass', 'pwd', 'secret', 'token'] },
    pattern: /(?<=(?:^|[\n\r;]|\bexport |\bset |\bENV )[ \t]{0,8}[A-Z][A-Z0-9_]{0,40})(?:_[A-Z0-9]{1,10})?=["']?(?<value>[^\s"'`$<>{}]{6,128})/y,
    weigh: weighEnvironment
  },
  {
    label: 'secret.password',
    anchor: { kind: 'after', words: ['password', 'passwd', 'pwd', 'passwort', 'kennwort'] },
    pattern: /[ \t]{1,2}["'`]?(?<value>[^\s"'`,;<>()=:]{6,63}[^\s"'`,;<>()=:.!?])(?!["'`]?[ \t]{0,2}[=:(])/y,
    weigh: weighBare
  },
  {
    label: 'secret.password',
    anchor: { kind: 'after', words: ['mysql', 'mysqldump', 'mariadb', 'sshpass'] },
    pattern: /(?: [^\s'"|;&]{1,40}){0,4}? -p ?['"]?(?<value>[^\s'"|;&$<>-][^\s'"|;&$<>]{4,63})/y,
    weigh: weighPassword
  },
  {
    label: 'secret.password',
    anchor: { kind: 'after', words: ['password', 'passwd', 'pass', 'pwd', 'secret', 'token', 'api key'] },
    pattern: /(?<=--[a-z-]{0,24})[ =]["']?(?<value>[^\s"'`$<>{}[\]-][^\s"'`$<>{}]{5,127})/y,
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
    label: 'secret.pin',
    anchor: { kind: 'after', words: ['pin', 'pin code', 'pin number', 'passcode', 'access code', 'otp', 'verification code', 'one time code'] },
    pattern: /(?: is| was|:| =|=)[ \t]{0,3}(?:now )?["'`]?(?<value>\d{4,8})(?![\w]|[-./:,%]\d)/y,
    weigh: () => 620
  }
]

export const assigned: readonly Detector[] = [
  {
    label: 'secret.aws_secret_key',
    anchor: { kind: 'after', words: [...awsSecretWords, 'aws secret access key id'] },
    pattern: /[\\"'`\])]{0,4}\s{0,3}(?:=>|:=|=|:|is|>)?\s{0,3}[\\"'`]{0,4}(?<value>[A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])/y,
    weigh: weighAwsSecret
  },
  {
    label: 'secret.aws_secret_key',
    anchor: { kind: 'whole' },
    pattern: /[A-Za-z0-9/+]{40}$/y,
    context: awsSecretWords,
    weigh: weighAwsSecret
  },
  ...password,
  {
    label: 'secret.generic',
    anchor: { kind: 'after', words: secretWords },
    pattern: new RegExp(`${assignment}(?<value>[A-Za-z0-9_+/.~-]{10,256}={0,2})(?![A-Za-z0-9_(])`, 'y'),
    weigh: weighGenerated
  },
  {
    label: 'secret.generic',
    anchor: { kind: 'after', words: secretWords },
    pattern: /[ \t]{1,2}(?:is|was|ist|est|es)[ \t:]{1,3}["'`]?(?<value>[A-Za-z0-9_+/.~-]{10,255}[A-Za-z0-9_+/~-]={0,2})(?![A-Za-z0-9_(])/y,
    weigh: weighGenerated
  },
  {
    label: 'secret.generic',
    anchor: { kind: 'after', words: ['key', 'auth', 'apitoken', 'cred', 'creds'] },
    pattern: new RegExp(`${assignment}(?<value>[A-Za-z0-9_+/.~-]{24,256}={0,2})(?![A-Za-z0-9_(])`, 'y'),
    weigh: weighKey
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
    anchor: { kind: 'after', words: ['bearer', 'authorization: token', 'x api key:', 'x auth token:'] },
    pattern: / {1,3}(?<value>[A-Za-z0-9_+/.~-]{20,1024}={0,2})(?![A-Za-z0-9_])/y,
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
  }
]

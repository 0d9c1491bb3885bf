/** Keys in files, signed tokens, addresses that let in whoever knows them, and what needs more than a beginning. */
import { crc32, inBase62 } from '../../checks/crc32.ts'
import { hasDistinct, type Detector } from '../../detector.ts'
import { isPlaceholder } from './token.ts'

/** Since 2021 the last six characters are the CRC-32 of the thirty before them, in base 62. Others are taken too, a little less surely. */
function weighGithub (value: string): number {
  const body = value.slice(4)
  if (!hasDistinct(body, 8)) return 0
  return body.length === 36 && inBase62(crc32(body.slice(0, 30)), 6) === body.slice(30) ? 1000 : 900
}

/** The header must be JSON that names an algorithm or a type. */
function weighJwt (value: string): number {
  const header = Buffer.from(value.slice(0, value.indexOf('.')), 'base64url').toString('utf8')
  try {
    const parsed: unknown = JSON.parse(header)
    return typeof parsed === 'object' && parsed !== null && ('alg' in parsed || 'typ' in parsed || 'enc' in parsed) ? 950 : 0
  } catch {
    return 0
  }
}

function fixed (label: string, words: readonly string[], pattern: RegExp, confidence = 950): Detector {
  return { label: `secret.${label}`, anchor: { kind: 'words', words }, pattern, weigh: value => isPlaceholder(value) ? 0 : confidence }
}

export const keys: readonly Detector[] = [
  fixed('aws_access_key', ['akia', 'asia', 'abia', 'acca'], /(?<![A-Z0-9])(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}(?![A-Za-z0-9])/y),
  { label: 'secret.github_token', anchor: { kind: 'words', words: ['ghp ', 'gho ', 'ghu ', 'ghs ', 'ghr '] }, pattern: /(?<![A-Za-z0-9])gh[pousr]_[A-Za-z0-9]{36,251}(?![A-Za-z0-9])/y, weigh: weighGithub },
  fixed('github_token', ['github pat '], /(?<![A-Za-z0-9])github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}(?![A-Za-z0-9])/y),
  {
    label: 'secret.private_key',
    anchor: { kind: 'words', words: ['     begin '] },
    pattern: /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?:(?:(?!-----)[^]){0,16384}(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----)?)?/y,
    trim: value => /-----$/.test(value) ? value.length : value.trimEnd().length,
    weigh: () => 980
  },
  fixed('putty_key', ['putty user key file '], /PuTTY-User-Key-File-[23]: [a-z0-9-]{4,40}/y),
  { label: 'secret.jwt', anchor: { kind: 'words', words: ['eyj', 'ewog'] }, pattern: /(?<![A-Za-z0-9_-])e[yw][A-Za-z0-9_-]{8,2000}(?:\.[A-Za-z0-9_-]{2,4000}\.[A-Za-z0-9_-]{0,1400}|\.\.[A-Za-z0-9_-]{16,1400})(?![A-Za-z0-9_-])/y, weigh: weighJwt },
  fixed('slack_webhook', ['hooks.slack.com/'], /hooks\.slack\.com\/(?:services|workflows|triggers)\/[A-Za-z0-9+/]{20,90}/y),
  fixed('discord_webhook', ['discord.com/api/webhooks/', 'discordapp.com/api/webhooks/'], /(?:discord|discordapp)\.com\/api\/webhooks\/\d{17,20}\/[A-Za-z0-9_-]{60,72}/y),
  fixed('teams_webhook', ['.webhook.office.com/'], /\.webhook\.office\.com\/webhookb2\/[a-f0-9-]{36}@[a-f0-9-]{36}\/IncomingWebhook\/[a-f0-9]{32}\/[a-f0-9-]{36}(?:\/[A-Za-z0-9_-]{20,64})?/y),
  fixed('zapier_webhook', ['hooks.zapier.com/'], /hooks\.zapier\.com\/hooks\/catch\/\d{4,10}\/[a-z0-9]{5,10}/y, 800),
  fixed('google_service_account', ['"private key id"'], /"private_key_id"\s{0,3}:\s{0,3}"[a-f0-9]{40}"/y),
  { label: 'secret.terraform_token', anchor: { kind: 'words', words: ['.atlasv1.'] }, pattern: /(?<=(?<![A-Za-z0-9])(?<before>[A-Za-z0-9]{14}))\.atlasv1\.[A-Za-z0-9_=-]{60,70}(?![A-Za-z0-9_=-])/y, weigh: () => 980 },
  { label: 'secret.azure_client_secret', anchor: { kind: 'words', words: ['q~'] }, pattern: /(?<=(?<![A-Za-z0-9_~.-])(?<before>[A-Za-z0-9_~.]{3}\d))Q~[A-Za-z0-9_~.-]{31,34}(?![A-Za-z0-9_~.-])/y, weigh: value => isPlaceholder(value) ? 0 : 930 },
  {
    label: 'secret.telegram_token',
    anchor: { kind: 'digits' },
    fewestDigits: 8,
    pattern: /\d{8,10}:AA[A-Za-z0-9_-]{33}(?![A-Za-z0-9_-])/y,
    weigh: value => isPlaceholder(value) ? 0 : 950
  },
  {
    label: 'secret.discord_token',
    anchor: { kind: 'digits' },
    pattern: /[MNO][A-Za-z\d_-]{23,25}\.[A-Za-z\d_-]{6}\.[A-Za-z\d_-]{27,38}(?![A-Za-z\d_-])/y,
    weigh: value => /^\d{17,20}$/.test(Buffer.from(value.slice(0, value.indexOf('.')), 'base64url').toString('latin1')) ? 960 : 0
  },
  {
    label: 'secret.mailchimp_key',
    anchor: { kind: 'digits' },
    fewestDigits: 4,
    pattern: /[a-f0-9]{32}-us\d{1,2}(?![\w-])/y,
    weigh: value => isPlaceholder(value) ? 0 : 930
  },
  fixed('azure_storage_key', ['accountkey='], /AccountKey=[A-Za-z0-9+/]{86}==/y, 980),
  fixed('azure_shared_access_key', ['sharedaccesskey='], /SharedAccessKey=[A-Za-z0-9+/]{42,44}={0,2}(?![A-Za-z0-9+/=])/y, 970),
  { label: 'secret.azure_sas_signature', anchor: { kind: 'after', words: ['sig='] }, pattern: /(?<value>[A-Za-z0-9%+/]{40,90}(?:={1,2}|%3D|%3d))(?![A-Za-z0-9])/y, weigh: value => !hasDistinct(value, 16) ? 0 : 800 },
  { label: 'secret.wireguard_key', anchor: { kind: 'after', words: ['privatekey', 'presharedkey'] }, pattern: /[ \t]{0,3}=[ \t]{0,3}(?<value>[A-Za-z0-9+/]{43}=)(?![A-Za-z0-9+/=])/y, weigh: value => !hasDistinct(value, 16) ? 0 : 950 },
  { label: 'secret.kubernetes_key', anchor: { kind: 'after', words: ['client key data', 'client key data:'] }, pattern: /:?[ \t]{1,3}(?<value>[A-Za-z0-9+/]{40,8000}={0,2})(?![A-Za-z0-9+/=])/y, weigh: () => 970 },
  { label: 'secret.password_hash', anchor: { kind: 'words', words: ['$2a$', '$2b$', '$2y$', '$apr1$', '$5$', '$6$', '$argon2'] }, pattern: /(?<![A-Za-z0-9$])(?:\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}|\$apr1\$[./A-Za-z0-9]{1,8}\$[./A-Za-z0-9]{22}|\$[56]\$(?:rounds=\d{1,9}\$)?[./A-Za-z0-9]{1,16}\$(?:[./A-Za-z0-9]{86}|[./A-Za-z0-9]{43})|\$argon2(?:id|i|d)\$v=\d{1,3}\$m=\d{1,9},t=\d{1,4},p=\d{1,4}\$[A-Za-z0-9+/]{8,64}\$[A-Za-z0-9+/]{16,128})(?![./A-Za-z0-9])/y, weigh: value => isPlaceholder(value) ? 0 : 900 }
]

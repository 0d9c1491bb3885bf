/** Credentials that their makers gave a recognisable shape: `secret`. */
import { crc32, inBase62 } from '../checks/crc32.ts'
import { distinct, type Detector } from '../detector.ts'

/** A vendor's token: its fixed beginnings, case as given, and the bounded rest of it. */
interface TokenShape { readonly label: string, readonly prefixes: readonly string[], readonly rest: string }

const alphanumeric = '[A-Za-z0-9]'
const urlSafe = '[A-Za-z0-9_-]'

/** As the vendors document them. */
const shapes: readonly TokenShape[] = [
  { label: 'anthropic_key', prefixes: ['sk-ant-'], rest: `${urlSafe}{24,160}` },
  { label: 'openai_key', prefixes: ['sk-proj-', 'sk-svcacct-', 'sk-admin-', 'sk-None-'], rest: `${urlSafe}{20,200}` },
  { label: 'openai_key', prefixes: ['sk-'], rest: `${alphanumeric}{32,64}` },
  { label: 'openrouter_key', prefixes: ['sk-or-v1-'], rest: '[a-f0-9]{64}' },
  { label: 'google_api_key', prefixes: ['AIza'], rest: `${urlSafe}{35}` },
  { label: 'google_oauth_secret', prefixes: ['GOCSPX-'], rest: `${urlSafe}{28}` },
  { label: 'google_oauth_token', prefixes: ['ya29.'], rest: `${urlSafe}{30,256}` },
  { label: 'slack_token', prefixes: ['xoxb-', 'xoxa-', 'xoxp-', 'xoxr-', 'xoxs-', 'xoxe-', 'xapp-'], rest: '[A-Za-z0-9-]{20,200}' },
  { label: 'stripe_key', prefixes: ['sk_live_', 'sk_test_', 'rk_live_', 'rk_test_', 'whsec_'], rest: `${alphanumeric}{16,128}` },
  { label: 'gitlab_token', prefixes: ['glpat-', 'gldt-', 'glrt-', 'glptt-', 'glcbt-'], rest: `${urlSafe}{20,64}` },
  { label: 'npm_token', prefixes: ['npm_'], rest: `${alphanumeric}{36}` },
  { label: 'pypi_token', prefixes: ['pypi-AgEI'], rest: `${urlSafe}{50,256}` },
  { label: 'huggingface_token', prefixes: ['hf_'], rest: '[A-Za-z]{34}' },
  { label: 'sendgrid_key', prefixes: ['SG.'], rest: `${urlSafe}{16,32}\\.${urlSafe}{16,64}` },
  { label: 'digitalocean_token', prefixes: ['dop_v1_', 'doo_v1_', 'dor_v1_'], rest: '[a-f0-9]{64}' },
  { label: 'shopify_token', prefixes: ['shpat_', 'shpca_', 'shppa_', 'shpss_'], rest: '[a-fA-F0-9]{32}' },
  { label: 'databricks_token', prefixes: ['dapi'], rest: '[a-f0-9]{32}(?:-\\d)?' },
  { label: 'vault_token', prefixes: ['hvs.', 'hvb.'], rest: `${urlSafe}{24,200}` },
  { label: 'grafana_token', prefixes: ['glsa_'], rest: `${alphanumeric}{32}_[A-Fa-f0-9]{8}` },
  { label: 'docker_token', prefixes: ['dckr_pat_', 'dckr_oat_'], rest: `${urlSafe}{27,40}` },
  { label: 'linear_key', prefixes: ['lin_api_'], rest: `${alphanumeric}{40}` },
  { label: 'notion_token', prefixes: ['ntn_', 'secret_'], rest: `${alphanumeric}{43,50}` },
  { label: 'postman_key', prefixes: ['PMAK-'], rest: '[a-f0-9]{24}-[a-f0-9]{34}' },
  { label: 'newrelic_key', prefixes: ['NRAK-', 'NRII-'], rest: `${urlSafe}{27,32}` },
  { label: 'groq_key', prefixes: ['gsk_'], rest: `${alphanumeric}{48,56}` },
  { label: 'xai_key', prefixes: ['xai-'], rest: `${alphanumeric}{70,90}` },
  { label: 'perplexity_key', prefixes: ['pplx-'], rest: `${alphanumeric}{40,56}` },
  { label: 'replicate_token', prefixes: ['r8_'], rest: `${alphanumeric}{37}` },
  { label: 'doppler_token', prefixes: ['dp.pt.', 'dp.st.', 'dp.ct.'], rest: '[A-Za-z0-9._]{40,64}' },
  { label: 'mailgun_key', prefixes: ['key-'], rest: '[a-f0-9]{32}' },
  { label: 'twilio_key', prefixes: ['SK', 'AC'], rest: '[a-f0-9]{32}' },
  { label: 'age_key', prefixes: ['AGE-SECRET-KEY-1'], rest: '[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}' },
  { label: 'square_token', prefixes: ['sq0atp-', 'sq0csp-', 'EAAA'], rest: `${urlSafe}{22,60}` }
]

/** Fewer different units than this make a placeholder: `sk-xxxxxxxx`. */
const leastDistinct = 8

function tokenDetector ({ label, prefixes, rest }: TokenShape): Detector {
  const start = `(?:${prefixes.map(prefix => prefix.replaceAll('.', '\\.')).join('|')})`
  return {
    label: `secret.${label}`,
    anchor: { kind: 'words', words: prefixes.map(asWord) },
    pattern: new RegExp(`(?<![A-Za-z0-9_-])${start}${rest}(?![A-Za-z0-9_])`, 'y'),
    weigh: value => distinct(value) < leastDistinct ? 0 : 950
  }
}

/** A prefix as the anchors know words. */
function asWord (prefix: string): string {
  return prefix.toLowerCase().replace(/[_-]/g, ' ')
}

/** Since 2021 the last six characters are the CRC-32 of the thirty before them, in base 62. Others are taken too, a little less surely. */
function weighGithub (value: string): number {
  const body = value.slice(4)
  if (distinct(body) < leastDistinct) return 0
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

export const tokens: readonly Detector[] = [
  {
    label: 'secret.aws_access_key',
    anchor: { kind: 'words', words: ['akia', 'asia'] },
    pattern: /(?<![A-Z0-9])(?:AKIA|ASIA)[A-Z2-7]{16}(?![A-Za-z0-9])/y,
    weigh: () => 950
  },
  {
    label: 'secret.github_token',
    anchor: { kind: 'words', words: ['ghp ', 'gho ', 'ghu ', 'ghs ', 'ghr '] },
    pattern: /(?<![A-Za-z0-9])gh[pousr]_[A-Za-z0-9]{36,251}(?![A-Za-z0-9])/y,
    weigh: weighGithub
  },
  {
    label: 'secret.github_token',
    anchor: { kind: 'words', words: ['github pat '] },
    pattern: /(?<![A-Za-z0-9])github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}(?![A-Za-z0-9])/y,
    weigh: value => distinct(value) < leastDistinct ? 0 : 950
  },
  {
    label: 'secret.private_key',
    anchor: { kind: 'words', words: ['     begin '] },
    pattern: /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?:(?:(?!-----)[^]){0,16384}(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----)?)?/y,
    trim: value => /-----$/.test(value) ? value.length : value.trimEnd().length,
    weigh: () => 980
  },
  {
    label: 'secret.putty_key',
    anchor: { kind: 'words', words: ['putty user key file '] },
    pattern: /PuTTY-User-Key-File-[23]: [a-z0-9-]{4,40}/y,
    weigh: () => 950
  },
  {
    label: 'secret.jwt',
    anchor: { kind: 'words', words: ['eyj', 'ewog'] },
    pattern: /(?<![A-Za-z0-9_-])e[yw][A-Za-z0-9_-]{8,2000}(?:\.[A-Za-z0-9_-]{2,4000}\.[A-Za-z0-9_-]{0,1400}|\.\.[A-Za-z0-9_-]{16,1400})(?![A-Za-z0-9_-])/y,
    weigh: weighJwt
  },
  {
    label: 'secret.slack_webhook',
    anchor: { kind: 'words', words: ['hooks.slack.com/'] },
    pattern: /hooks\.slack\.com\/(?:services|workflows|triggers)\/[A-Za-z0-9+/]{20,90}/y,
    weigh: () => 950
  },
  {
    label: 'secret.discord_webhook',
    anchor: { kind: 'words', words: ['discord.com/api/webhooks/', 'discordapp.com/api/webhooks/'] },
    pattern: /(?:discord|discordapp)\.com\/api\/webhooks\/\d{17,20}\/[A-Za-z0-9_-]{60,72}/y,
    weigh: () => 950
  },
  {
    label: 'secret.telegram_token',
    anchor: { kind: 'digits' },
    fewestDigits: 8,
    pattern: /\d{8,10}:AA[A-Za-z0-9_-]{33}(?![A-Za-z0-9_-])/y,
    weigh: value => distinct(value) < leastDistinct ? 0 : 950
  },
  ...shapes.map(tokenDetector)
]

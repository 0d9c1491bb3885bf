/** What `policy.rego` can be told. */
import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { durationMs, durationPattern } from '../../../core/config/duration.ts'
import { readReference, referenceField, type Reference } from '../../../core/config/reference.ts'
import type { JsonSchema } from '../../../core/pipeline/plugin.ts'
import { signatureAlgorithms, type SignatureAlgorithm, type VerificationKey } from '../../../rego/bundle/signature.ts'

/** Where a policy comes from, as the file has it. */
export interface SourceEntry {
  readonly dir?: string
  readonly bundle?: string
  readonly signature?: { readonly key: Reference, readonly algorithm: SignatureAlgorithm, readonly scope?: string }
  readonly token?: Reference
  readonly authorities?: string
  readonly allow_plaintext?: boolean
  readonly poll?: string
}

/** As the file has it. */
export interface PolicyRegoConfig extends SourceEntry {
  readonly deadline?: string
  readonly workers?: number | 'auto'
  readonly watch?: boolean
  readonly tests?: boolean
  readonly shadow?: SourceEntry
}

const sourceFields = {
  dir: { type: 'string', minLength: 1, description: 'The folder of Rego sources; a relative path starts at the configuration\'s folder.' },
  bundle: { type: 'string', minLength: 1, description: 'In the place of `dir`: a bundle, by its path or by its URL (https, or http for loopback), which is polled.' },
  signature: {
    type: 'object',
    additionalProperties: false,
    required: ['key', 'algorithm'],
    description: 'By what the bundle\'s signature is verified (OPA\'s `.signatures.json`). With it a bundle that is not signed is refused; without it, one that is.',
    properties: {
      key: referenceField('The public key, PEM; for HS algorithms the secret.'),
      algorithm: { enum: [...signatureAlgorithms], description: 'The only algorithm that is accepted.' },
      scope: { type: 'string', default: '', description: 'What the signature must be for.' }
    }
  },
  token: referenceField('Sent as a Bearer token to the URL of the bundle.'),
  authorities: { type: 'string', minLength: 1, description: 'PEM file of the authorities that vouch for the server of the bundle; left out: the system\'s.' },
  allow_plaintext: { type: 'boolean', default: false, description: 'Accept plain http beyond loopback for the URL of the bundle.' },
  poll: { type: 'string', pattern: durationPattern, default: '60s', description: 'How often the URL of a bundle is asked.' }
} as const

/** One of a folder and a bundle; what belongs to bundles, and to URLs, beside a bundle alone. */
const oneSource = {
  oneOf: [{ required: ['dir'] }, { required: ['bundle'] }],
  dependencies: { signature: ['bundle'], token: ['bundle'], authorities: ['bundle'], allow_plaintext: ['bundle'], poll: ['bundle'] }
} as const

export const configSchema: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  ...oneSource,
  properties: {
    ...sourceFields,
    deadline: { type: 'string', pattern: durationPattern, default: '25ms', description: 'How long one evaluation may run; beyond it the request is denied with 503.' },
    workers: {
      anyOf: [{ const: 'auto' }, { type: 'integer', minimum: 1, maximum: 64 }],
      default: 'auto',
      description: 'Threads that evaluate: a number from 1 to 64, or `auto`, half of the processors but at least two and at most four.'
    },
    watch: { type: 'boolean', default: false, description: 'Put a changed folder or bundle file in force without a reload. What is refused changes nothing.' },
    tests: { type: 'boolean', default: true, description: 'Run the tests of a folder before its change is put in force, and refuse it where one fails.' },
    shadow: {
      type: 'object',
      additionalProperties: false,
      ...oneSource,
      description: 'A candidate that decides beside the policy in force, on the same input, and whose decisions are compared and recorded, never followed.',
      properties: sourceFields
    }
  }
}

export type SourceSettings =
  | { readonly kind: 'folder', readonly dir: string }
  | { readonly kind: 'file', readonly path: string, readonly key: VerificationKey | null }
  | RemoteSettings

export interface RemoteSettings {
  readonly kind: 'url'
  readonly url: URL
  readonly key: VerificationKey | null
  readonly token: string | null
  /** Path of a PEM file, or null. */
  readonly authorities: string | null
  readonly pollMs: number
}

export interface PolicySettings {
  readonly source: SourceSettings
  readonly deadlineMs: number
  readonly workers: number
  readonly watch: boolean
  readonly tests: boolean
  readonly shadow: SourceSettings | null
}

/** Throws Error with words for the operator. @param folder where relative paths start */
export function decodeConfig (config: PolicyRegoConfig, folder: string): PolicySettings {
  const { deadline = '25ms', workers = 'auto', watch = false, tests = true, shadow } = config
  const automatic = Math.min(4, Math.max(2, Math.floor(availableParallelism() / 2)))
  return {
    source: sourceOf(config, folder),
    deadlineMs: durationMs(deadline),
    workers: workers === 'auto' ? automatic : workers,
    watch,
    tests,
    shadow: shadow === undefined ? null : sourceOf(shadow, folder)
  }
}

function sourceOf (entry: SourceEntry, folder: string): SourceSettings {
  const { dir, bundle = '', signature, token, authorities, poll = '60s' } = entry
  if (dir !== undefined) return { kind: 'folder', dir: resolve(folder, dir) }
  const key = signature === undefined ? null : { text: readReference(signature.key, folder), algorithm: signature.algorithm, scope: signature.scope ?? '' }
  if (!/^[a-z]+:\/\//i.test(bundle)) return { kind: 'file', path: resolve(folder, bundle), key }
  return {
    kind: 'url',
    url: bundleUrl(bundle, entry.allow_plaintext === true),
    key,
    token: token === undefined ? null : readReference(token, folder),
    authorities: authorities === undefined ? null : resolve(folder, authorities),
    pollMs: Math.max(100, durationMs(poll))
  }
}

function bundleUrl (text: string, allowPlaintext: boolean): URL {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null || !['https:', 'http:'].includes(url.protocol)) throw new Error(`${text} is no http(s) URL`)
  if (url.username !== '' || url.password !== '') throw new Error('the URL of a bundle cannot carry a credential: use token')
  if (url.protocol === 'http:' && !allowPlaintext && !/^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(url.hostname)) throw new Error('plain http beyond loopback needs allow_plaintext: true')
  return url
}

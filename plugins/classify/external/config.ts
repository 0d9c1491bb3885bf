/** What every detector outside the gateway can be told. */
import { durationMs, durationPattern } from '../../../core/config/duration.ts'
import { referenceField, type Reference } from '../../../core/config/reference.ts'
import { isLoopbackName } from '../../../core/config/rules.ts'
import type { CheckHost, PluginFault } from '../../../core/pipeline/plugin.ts'
import { unknownLevels } from '../floors.ts'

export interface ExternalEntry {
  readonly url: string
  readonly name?: string
  readonly deadline?: string
  readonly on_error?: 'deny' | { readonly floor: string }
  readonly never?: readonly string[]
  readonly floors?: Readonly<Record<string, string>>
  readonly authorization?: Reference
  readonly authorities?: string
  readonly batch_units?: number
  readonly cache_texts?: number
  readonly breaker?: { readonly failures?: number, readonly cool_down?: string }
}

export interface ExternalSettings {
  readonly url: URL
  /** How records name it. */
  readonly name: string
  readonly deadlineMs: number
  /** The level that stands for what could not be asked; null: such a request is denied. */
  readonly floor: string | null
  readonly batchUnits: number
  readonly cacheTexts: number
  readonly failures: number
  readonly coolDownMs: number
}

/** Credentials and cards need no second opinion. */
export const defaultNever = ['secret.*', 'pci.*']

const defaults = { deadline: '300ms', batch_units: 100_000, cache_texts: 10_000, failures: 5, cool_down: '10s' } as const

const labelGlob = '^[a-z0-9_*]+(\\.[a-z0-9_*]+)*$'

/** Schema properties that all external detectors share. */
export const externalFields = {
  url: { type: 'string', minLength: 1, description: 'Where it is asked: https, or http on loopback.' },
  name: { type: 'string', pattern: '^[a-z0-9][a-z0-9._-]{0,63}$', description: 'How records name it; left out: the plugin\'s name.' },
  deadline: { type: 'string', pattern: durationPattern, default: defaults.deadline, description: 'How long a request waits for it.' },
  on_error: {
    default: 'deny',
    description: 'What becomes of a request for which it gives no answer, or none that can be read: `deny`, or `{ floor: LEVEL }`, which goes on with that level and is on record as skipped.',
    oneOf: [
      { const: 'deny' },
      { type: 'object', additionalProperties: false, required: ['floor'], properties: { floor: { type: 'string', minLength: 1, description: 'A level of the taxonomy.' } } }
    ]
  },
  never: {
    type: 'array',
    items: { type: 'string', pattern: labelGlob },
    default: defaultNever,
    description: 'Label globs: what stages before this one have found under them is blanked in what it is sent.'
  },
  floors: { type: 'object', propertyNames: { pattern: labelGlob }, additionalProperties: { type: 'string', minLength: 1 }, default: {}, description: 'As in `classify.patterns`.' },
  authorization: referenceField('The value of the header `authorization`.'),
  authorities: { type: 'string', minLength: 1, description: 'PEM file of the authorities that vouch for its certificate; left out: the system\'s.' },
  batch_units: { type: 'integer', minimum: 1000, maximum: 1_000_000, default: defaults.batch_units, description: 'How much text one call carries, in UTF-16 units; a longer text goes alone.' },
  cache_texts: { type: 'integer', minimum: 0, maximum: 1_000_000, default: defaults.cache_texts, description: 'For how many texts the answer is remembered, by a keyed digest of the text: a conversation\'s history is asked for once.' },
  breaker: {
    type: 'object',
    additionalProperties: false,
    default: {},
    description: 'When it is not asked any more for a while.',
    properties: {
      failures: { type: 'integer', minimum: 1, maximum: 1000, default: defaults.failures, description: 'After so many failures in a row.' },
      cool_down: { type: 'string', pattern: durationPattern, default: defaults.cool_down, description: 'For how long.' }
    }
  }
} as const

export function decodeExternal (entry: ExternalEntry, plugin: string): ExternalSettings {
  const { url, name = plugin, deadline = defaults.deadline, on_error: onError = 'deny', batch_units: batchUnits = defaults.batch_units, cache_texts: cacheTexts = defaults.cache_texts, breaker = {} } = entry
  return {
    url: new URL(url),
    name,
    deadlineMs: durationMs(deadline),
    floor: onError === 'deny' ? null : onError.floor,
    batchUnits,
    cacheTexts,
    failures: breaker.failures ?? defaults.failures,
    coolDownMs: durationMs(breaker.cool_down ?? defaults.cool_down)
  }
}

/** What the schema cannot say. */
export function checkExternal ({ url, on_error: onError = 'deny', floors = {} }: ExternalEntry, { taxonomy }: CheckHost): PluginFault[] {
  const level = onError === 'deny' ? null : onError.floor
  return [
    ...urlFaults(url),
    ...level === null || taxonomy.includes(level) ? [] : [levelFault('on_error', ['on_error', 'floor'], taxonomy)],
    ...unknownLevels(taxonomy, floors).map(glob => levelFault(`the floor of ${glob}`, ['floors', glob], taxonomy))
  ]
}

function levelFault (what: string, path: readonly string[], taxonomy: readonly string[]): PluginFault {
  return { message: `${what} is no level of the taxonomy`, fix: `name one of ${taxonomy.join(', ')}`, path }
}

/** Text goes nowhere in clear: no key of the configuration says otherwise. */
function urlFaults (text: string): PluginFault[] {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null || !['https:', 'http:'].includes(url.protocol)) return [{ message: 'url is no http(s) URL', fix: 'write https://HOST/PATH', path: ['url'] }]
  if (url.username !== '' || url.password !== '') return [{ code: 'GW_CONFIG_UNSAFE', message: 'url carries a credential', fix: 'use authorization: with a reference', path: ['url'] }]
  if (url.protocol === 'http:' && !isLoopbackName(url.hostname)) return [{ code: 'GW_CONFIG_UNSAFE', message: 'text would leave in clear', fix: 'use https, or a detector on loopback', path: ['url'] }]
  return []
}

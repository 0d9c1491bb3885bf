/** What `limit.quota` can be told: whom it counts by, what, and how much of it. */
import type { JsonSchema, PluginFault } from '../../../core/pipeline/plugin.ts'

export type Per = 'tenant' | 'subject' | 'role' | 'actor' | 'model'
export type Unit = 'requests' | 'tokens' | 'dollars'
export type Window = 'minute' | 'hour' | 'day' | 'month'

const pers: readonly Per[] = ['tenant', 'subject', 'role', 'actor', 'model']
const units: readonly Unit[] = ['requests', 'tokens', 'dollars']
/** Minutes and hours slide; days and months are those of the calendar. */
const windows: readonly Window[] = ['minute', 'hour', 'day', 'month']

type LimitKey = `${Unit}_per_${Window}`

/** As the file has it. */
export type LimitQuotaConfig = Readonly<Partial<Record<LimitKey, number>>> & {
  readonly per: readonly Per[]
  readonly name?: string
  readonly concurrent?: number
  readonly default_output?: number
  readonly time_zone?: string
  readonly on_store_loss?: 'deny' | 'admit'
}

/** One limit over time. */
export interface Limit {
  /** As the file names it: `tokens_per_minute`. */
  readonly name: string
  readonly unit: Unit
  readonly window: Window
  /** Requests, tokens, or millionths of a dollar. */
  readonly most: number
}

export interface QuotaSettings {
  readonly per: readonly Per[]
  /** Stages of the same scope count together. */
  readonly scope: string
  readonly limits: readonly Limit[]
  readonly concurrent: number | null
  readonly defaultOutput: number
  readonly timeZone: string
  readonly onStoreLoss: 'deny' | 'admit'
}

/** The largest limit: sums stay exact in a double, and in Redis's Lua. */
const most = 1_000_000_000_000

export const configSchema: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['per'],
  properties: {
    per: {
      type: 'array',
      items: { enum: pers },
      minItems: 1,
      uniqueItems: true,
      description: 'Whom it counts by, together: `[tenant, subject]` counts each pair. A subject is tenant, issuer and subject; a role is the one in effect; an actor the nearest one; a model the one asked for.'
    },
    name: { type: 'string', pattern: '^[a-z][a-z0-9_]{0,63}$', description: 'Stages with the same `per` count together, unless they have names: then those of the same name do.' },
    ...Object.fromEntries(units.flatMap(unit => windows.map(window => [`${unit}_per_${window}`, limitSchema(unit, window)]))),
    concurrent: { type: 'integer', minimum: 1, maximum: most, description: 'Requests at once.' },
    default_output: { type: 'integer', minimum: 0, maximum: 10_000_000, default: 1024, description: 'Tokens of output that are reserved where a request names no bound.' },
    time_zone: { type: 'string', minLength: 1, default: 'UTC', description: 'Whose days and months: an IANA name.' },
    on_store_loss: { enum: ['deny', 'admit'], default: 'deny', description: 'The answer while the store cannot be asked: 503, or each instance counts alone.' }
  }
}

function limitSchema (unit: Unit, window: Window): JsonSchema {
  const over = window === 'minute' || window === 'hour' ? `in any ${window}` : `in a calendar ${window}`
  if (unit === 'dollars') return { type: 'number', exclusiveMinimum: 0, maximum: 1_000_000, description: `US dollars ${over}.` }
  return { type: 'integer', minimum: 1, maximum: most, description: `${unit === 'requests' ? 'Requests' : 'Tokens, input and output,'} ${over}.` }
}

export function decodeConfig (config: LimitQuotaConfig): QuotaSettings {
  return {
    per: pers.filter(one => config.per.includes(one)),
    scope: config.name ?? '',
    limits: units.flatMap(unit => windows.flatMap(window => limitOf(config, unit, window))),
    concurrent: config.concurrent ?? null,
    defaultOutput: config.default_output ?? 1024,
    timeZone: config.time_zone ?? 'UTC',
    onStoreLoss: config.on_store_loss ?? 'deny'
  }
}

function limitOf (config: LimitQuotaConfig, unit: Unit, window: Window): Limit[] {
  const name: LimitKey = `${unit}_per_${window}`
  const value = config[name]
  return value === undefined ? [] : [{ name, unit, window, most: unit === 'dollars' ? Math.round(value * 1_000_000) : value }]
}

/** What the schema cannot say. */
export function faultsOf (config: LimitQuotaConfig, prices: ReadonlyArray<{ readonly price?: unknown }>): PluginFault[] {
  const { limits, concurrent, timeZone } = decodeConfig(config)
  const faults: PluginFault[] = []
  if (limits.length === 0 && concurrent === null) faults.push({ message: 'this quota limits nothing', fix: 'add a limit, such as requests_per_minute: 600' })
  if (!isTimeZone(timeZone)) faults.push({ message: `there is no time zone ${timeZone}`, fix: 'write an IANA name, such as Europe/Berlin', path: ['time_zone'] })
  const dollars = limits.find(({ unit }) => unit === 'dollars')
  if (dollars !== undefined && prices.every(({ price }) => price === null || price === undefined)) {
    faults.push({ message: `${dollars.name} cannot be counted: no endpoint has a price`, fix: 'add price: { input, output } to the endpoints; 0 where one costs nothing', path: [dollars.name] })
  }
  return faults
}

function isTimeZone (name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

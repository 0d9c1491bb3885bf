/** What `response.moderation` can be told. */
import { durationMs, durationPattern } from '../../../core/config/duration.ts'
import { referenceField, type Reference } from '../../../core/config/reference.ts'
import { isLoopbackName } from '../../../core/config/rules.ts'
import type { JsonSchema } from '../../../core/pipeline/plugin.ts'

export interface ResponseModerationConfig {
  readonly name?: string
  readonly url: string
  readonly token?: Reference
  readonly deadline?: string
  readonly never?: readonly string[]
}

export interface Service {
  /** As the record names it. */
  readonly name: string
  readonly url: URL
  readonly deadlineMs: number
  /** Label globs: what local detectors find under these is blanked. */
  readonly never: readonly string[]
}

export const configSchema: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['url'],
  properties: {
    name: { type: 'string', pattern: '^[a-z][a-z0-9_]{0,31}$', default: 'moderation', description: 'What outcomes call the service: `external.<name>` among their reasons.' },
    url: { type: 'string', minLength: 1, description: 'Where answers are sent to be judged: https, or http on loopback.' },
    token: referenceField('Sent as `Authorization: Bearer`.'),
    deadline: { type: 'string', pattern: durationPattern, default: '2s', description: 'How long it may take. An answer that was not judged by then is not released.' },
    never: {
      type: 'array',
      items: { type: 'string', minLength: 1 },
      default: ['secret.*'],
      description: 'Label globs. What the detectors of the pipeline find in the answer under these is blanked before the text is sent.'
    }
  }
}

/** Throws Error with words for the operator. */
export function decodeConfig ({ name = 'moderation', url: text, deadline = '2s', never = ['secret.*'] }: ResponseModerationConfig): Service {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null || !['https:', 'http:'].includes(url.protocol)) throw new Error(`${text} is no http(s) URL`)
  if (url.username !== '' || url.password !== '') throw new Error('the URL cannot carry a credential: name it as token')
  if (url.protocol === 'http:' && !isLoopbackName(url.hostname)) throw new Error('text leaves over TLS, or over http on loopback alone')
  const deadlineMs = durationMs(deadline)
  if (deadlineMs === 0) throw new Error('a deadline of nothing is met by no service')
  return { name, url, deadlineMs, never }
}

/**
 * The contract with a moderation service. Asked:
 * `{ "v": 1, "decision_id": "<UUIDv7>", "texts": [{ "kind": "text", "path": "/choices/0/message/content", "text": ".." }] }`;
 * answered, with status 200: `{ "v": 1, "labels": [{ "label": "moderation.hate", "confidence": 930, "text": 0 }] }`, confidence
 * from 0 to 1000, `text` an index into what was asked (left out: all of it). Anything else is no judgement.
 */
import { Agent, request } from 'undici'
import type { Service } from './config.ts'

/** One text of an answer, as it is sent. */
export interface ModeratedText { readonly kind: string, readonly path: string, readonly text: string }

export interface ModerationLabel {
  readonly label: string
  /** 0-1000. */
  readonly confidence: number
  /** Index of the text it is about; null: of all. */
  readonly text: number | null
}

const largestAnswerBytes = 64 * 1024
const mostLabels = 256
const connections = 32

export class ModerationClient {
  readonly #agent = new Agent({ connections })
  readonly #service: Service
  readonly #headers: Readonly<Record<string, string>>

  constructor (service: Service, token: string | null) {
    this.#service = service
    this.#headers = { 'content-type': 'application/json', accept: 'application/json', ...token === null ? {} : { authorization: `Bearer ${token}` } }
  }

  /** Rejects with Error where there is no judgement in time. Redirects are not followed. */
  async ask (decisionId: string, texts: readonly ModeratedText[], signal: AbortSignal): Promise<readonly ModerationLabel[]> {
    const { url, deadlineMs } = this.#service
    const inTime = AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)])
    const body = JSON.stringify({ v: 1, decision_id: decisionId, texts })
    const answer = await request(url, { dispatcher: this.#agent, method: 'POST', headers: this.#headers, body, signal: inTime })
    const text = await bounded(answer.body)
    if (answer.statusCode !== 200) throw new Error(`the moderation service answered with status ${answer.statusCode}`)
    return decode(text, texts.length)
  }

  async close (): Promise<void> {
    await this.#agent.destroy()
  }
}

async function bounded (body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of body) {
    length += chunk.length
    if (length > largestAnswerBytes) throw new Error('the moderation service answered with too much')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** Throws Error. */
function decode (text: string, count: number): ModerationLabel[] {
  const { v, labels } = membersOf(JSON.parse(text) as unknown)
  if (v !== 1 || !Array.isArray(labels) || labels.length > mostLabels) throw new Error('the moderation service answered in another form')
  return labels.map(entry => decodeLabel(membersOf(entry), count))
}

/** A service speaks for its own category alone: it can make nothing look like what detectors here find. */
function decodeLabel ({ label, confidence, text = null }: Readonly<Record<string, unknown>>, count: number): ModerationLabel {
  const isLabel = typeof label === 'string' && label.length <= 96 && /^moderation(?:\.[a-z0-9][a-z0-9_]*){1,4}$/.test(label)
  const isText = text === null || (typeof text === 'number' && Number.isInteger(text) && text >= 0 && text < count)
  if (!isLabel || !isText || typeof confidence !== 'number' || !Number.isInteger(confidence) || confidence < 0 || confidence > 1000) {
    throw new Error('the moderation service answered with a label of another form')
  }
  return { label, confidence, text }
}

function membersOf (value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) throw new Error('the moderation service answered in another form')
  return value as Readonly<Record<string, unknown>>
}

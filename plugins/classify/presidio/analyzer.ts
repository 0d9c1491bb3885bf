/** Speaks to the analyzer of Microsoft Presidio (`POST /analyze`): a list of texts in, a list of lists of results out. */
import type { AskedText, ExternalDetector, TextSpan, Told } from '../external/detector.ts'
import { requireSpan } from '../external/detector.ts'
import type { JsonClient } from '../external/client.ts'
import { defaultLabels, defaultThreshold, type ClassifyPresidioConfig } from './config.ts'

export function presidioAnalyzer ({ language = 'en', entities, score_threshold: threshold = defaultThreshold, labels = {} }: ClassifyPresidioConfig, client: JsonClient): ExternalDetector {
  const labelOf = (type: string): string | null => {
    const label = labels[type] !== undefined ? labels[type] : defaultLabels[type]
    return label === undefined ? `pii.${type.toLowerCase()}` : label
  }
  return {
    async ask (texts, signal): Promise<Told> {
      const answer = await client.ask({ text: texts.map(({ text }) => text), language, score_threshold: threshold, ...entities === undefined ? {} : { entities } }, signal)
      if (!Array.isArray(answer) || answer.length !== texts.length) throw new Error('it does not answer for each text')
      return { spans: texts.map((text, index) => spansOf(answer[index], text, labelOf, threshold)), version: null }
    },
    close: () => { client.close() }
  }
}

interface Result { readonly entity_type: string, readonly start: number, readonly end: number, readonly score: number }

function spansOf (results: unknown, { text }: AskedText, labelOf: (type: string) => string | null, threshold: number): TextSpan[] {
  if (!Array.isArray(results)) throw new Error('its results are no list')
  const unitOf = unitsOf(text)
  return results.flatMap((result: unknown) => {
    if (!isResult(result)) throw new Error('one of its results cannot be read')
    const label = labelOf(result.entity_type)
    const span = { start: unitOf(result.start), end: unitOf(result.end) }
    requireSpan(span, text.length)
    return label === null || result.score < threshold ? [] : [{ label, confidence: Math.round(result.score * 1000), ...span }]
  })
}

function isResult (value: unknown): value is Result {
  if (typeof value !== 'object' || value === null) return false
  const { entity_type: type, start, end, score } = value as Partial<Record<keyof Result, unknown>>
  return typeof type === 'string' && /^[A-Z][A-Z0-9_]{0,63}$/.test(type) && typeof start === 'number' && typeof end === 'number' && typeof score === 'number' && score >= 0 && score <= 1
}

/** Presidio counts code points; a text without pairs of surrogates has as many units. -1 for a place outside. */
function unitsOf (text: string): (point: number) => number {
  if (!/[\ud800-\udbff]/.test(text)) return point => point
  const units = [0]
  for (const character of text) units.push((units.at(-1) ?? 0) + character.length)
  return point => units[point] ?? -1
}

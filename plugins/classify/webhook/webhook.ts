/**
 * Speaks to a detector of one's own over HTTP.
 *
 *   POST { "v": 1, "deadline_ms": 300, "texts": [{ "text": "...", "path": "/input" }] }
 *   200  { "v": 1, "version": "2026-11", "findings": [{ "text": 0, "label": "pii.person", "start": 3, "end": 11, "confidence": 900 }] }
 *
 * Offsets count UTF-16 units of the text that `text` names by its index; confidence is 0 to 1000. `version` is of the detector.
 */
import { matchesLabel } from '../../../core/enforce/label.ts'
import { durationMs } from '../../../core/config/duration.ts'
import type { JsonClient } from '../external/client.ts'
import { requireSpan, type AskedText, type ExternalDetector, type TextSpan } from '../external/detector.ts'
import type { ClassifyWebhookConfig } from './config.ts'

/** Labels stand in records: nothing else may come in their place. */
const isLabel = /^[a-z][a-z0-9_]{0,63}(?:\.[a-z0-9_]{1,63}){0,4}$/

export function webhook ({ labels, deadline = '300ms' }: ClassifyWebhookConfig, client: JsonClient): ExternalDetector {
  const deadlineMs = durationMs(deadline)
  return {
    async ask (texts, signal) {
      const { version, findings } = readAnswer(await client.ask({ v: 1, deadline_ms: deadlineMs, texts: texts.map(({ text, path }) => ({ text, path })) }, signal))
      const spans = texts.map((): TextSpan[] => [])
      for (const finding of findings) addSpan(finding, texts, labels, spans)
      return { spans, version }
    },
    close: () => { client.close() }
  }
}

function readAnswer (answer: unknown): { readonly version: string | null, readonly findings: readonly unknown[] } {
  const { v, version = null, findings } = objectOf(answer)
  if (v !== 1 || !Array.isArray(findings) || (version !== null && typeof version !== 'string')) throw new Error('its answer is none of version 1')
  return { version, findings }
}

function addSpan (finding: unknown, texts: readonly AskedText[], labels: readonly string[], spans: TextSpan[][]): void {
  const { text, label, start, end, confidence } = objectOf(finding)
  const asked = typeof text === 'number' ? texts[text] : undefined
  if (asked === undefined || typeof text !== 'number' || typeof start !== 'number' || typeof end !== 'number') throw new Error('one of its findings is in no text')
  if (typeof label !== 'string' || !isLabel.test(label) || !labels.some(glob => matchesLabel(glob, label))) throw new Error('it may not find this label')
  if (typeof confidence !== 'number' || !Number.isInteger(confidence) || confidence < 0 || confidence > 1000) throw new Error('one of its confidences is out of range')
  requireSpan({ start, end }, asked.text.length)
  spans[text]?.push({ label, confidence, start, end })
}

function objectOf (value: unknown): Partial<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) throw new Error('its answer holds something that is no object')
  return value
}

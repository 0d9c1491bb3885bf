/** Scans with every detector, as tests read findings. */
import { detectors } from '../../../../plugins/classify/patterns/detectors/index.ts'
import { prepareDetection } from '../../../../plugins/classify/patterns/detection.ts'
import { scanText } from '../../../../plugins/classify/patterns/scan.ts'

const detection = prepareDetection(detectors, ['*'], 500)

export interface Found { readonly label: string, readonly value: string, readonly start: number, readonly confidence: number }

export function find (text: string, keyPath: readonly string[] = []): Found[] {
  return scanText(text, keyPath, detection).map(({ label, start, end, confidence }) => ({ label, start, confidence, value: text.slice(start, end) }))
}

/** What was found under one label. */
export function valuesOf (label: string, text: string, keyPath: readonly string[] = []): string[] {
  return find(text, keyPath).filter(found => found.label === label).map(({ value }) => value)
}

/** A value that scanners of repositories do not know: it is put together only here. */
export function joined (...parts: readonly string[]): string {
  return parts.join('')
}

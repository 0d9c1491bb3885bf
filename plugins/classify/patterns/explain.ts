/** Why something was found, told without the value: for those who tune detectors and floors. */
import type { ExplainedFinding, ExplainedStep } from '../../../core/pipeline/plugin.ts'
import type { Anchor, Detector } from './detector.ts'
import type { Detection } from './detection.ts'
import { scanWith } from './layers/scan.ts'
import type { Span, Trace } from './overlap.ts'
import { Scan } from './scan.ts'

/** A pattern longer than this is cut: it is to be recognised, not to be read. */
const longestPattern = 120

export function explainText (text: string, keyPath: readonly string[], detection: Detection): ExplainedFinding[] {
  const scan = Scan.borrow(detection)
  scan.traces = true
  try {
    return scanWith(scan, text, keyPath).map(({ trace, ...finding }) => ({ ...finding, steps: trace === undefined ? [] : stepsOf(trace, finding) }))
  } finally {
    scan.giveBack()
  }
}

function stepsOf ({ detector, word, via }: Trace, { confidence }: Pick<Span, 'confidence'>): ExplainedStep[] {
  return [
    ...via.map(layer => ({ step: 'decoded', detail: layer })),
    { step: 'rule', detail: `${anchorText(detector.anchor)}: ${patternText(detector)}` },
    { step: 'context', detail: contextText(detector, word) },
    { step: 'check', detail: `${confidence} of 1000${detector.needs === undefined ? '' : `, and none without a word ${detector.needs === 'named' ? 'before it' : 'near it'}`}` }
  ]
}

function anchorText (anchor: Anchor): string {
  switch (anchor.kind) {
    case 'digits': return 'at a word with a digit'
    case 'at': return 'at an @'
    case 'anywhere': return 'anywhere'
    case 'whole': return 'the whole text under such a key'
    case 'words': return `where it says ${someOf(anchor.words)}`
    case 'after': return `after ${someOf(anchor.words)}`
  }
}

function patternText ({ pattern }: Detector): string {
  return pattern.source.length > longestPattern ? `${pattern.source.slice(0, longestPattern)}...` : pattern.source
}

function contextText ({ context = [] }: Detector, word: Trace['word']): string {
  if (context.length === 0) return 'asks for no word'
  return word === null ? `none of ${someOf(context)}` : `${word.word} (${word.where === 'key' ? 'in the key' : word.where})`
}

function someOf (words: readonly string[]): string {
  return words.length > 4 ? `${words.slice(0, 4).join(', ')}, ... (${words.length})` : words.join(', ')
}

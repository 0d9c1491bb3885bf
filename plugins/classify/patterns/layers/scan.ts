/**
 * Scans a text, and what is disguised in it: escaped, encoded, encoded twice. What is decoded is read by the same detectors, with
 * the text around it; findings lead back to where the disguise stands. It is never sent anywhere.
 */
import type { Detection } from '../detection.ts'
import { settleOverlaps, type Span } from '../overlap.ts'
import type { Original } from '../offsets.ts'
import { Scan } from '../scan.ts'
import type { Layer } from './decoded.ts'
import { findHidden, leastHidden } from './hidden.ts'
import { viewsOf, type View } from './views.ts'

/** A text in a text in a text. */
const deepest = 2

/** Of each text no more is decoded than so many times its own length, and this. */
const mostDecoded = { times: 4, units: 4096 }

/** What lies in a credential that was found belongs to it. */
const surelySecret = 900

/** A view to read, how deep it is, and the way back to the whole text. */
interface Task { readonly view: View, readonly via: readonly Layer[], readonly depth: number, readonly toRoot: Original }

/** As `scanText`, two layers deep. */
export function scanLayers (text: string, keyPath: readonly string[], detection: Detection): readonly Span[] {
  const scan = Scan.borrow(detection)
  try {
    return scanWith(scan, text, keyPath)
  } finally {
    scan.giveBack()
  }
}

/** With a scan that is borrowed already. */
export function scanWith (scan: Scan, text: string, keyPath: readonly string[]): readonly Span[] {
  const found = scan.all(text, keyPath, true)
  const { folded, hints } = scan
  const hidden = folded.hidden < leastHidden ? [] : findHidden(text)
  if (hints.runs.count === 0 && !hints.hasEscapes && hints.pairs.count === 0) return found.length + hidden.length === 0 ? found : settleOverlaps([...found, ...hidden])
  const secrets = found.filter(({ label, confidence }) => label.startsWith('secret.') && confidence >= surelySecret)
  const isApart = (start: number, end: number): boolean => {
    if (secrets.length === 0) return true
    const [from, to] = folded.original(start, end)
    return !secrets.some(secret => secret.start <= from && secret.end >= to)
  }
  const tasks = viewsOf(folded.text, hints, isApart).map((view): Task => ({ view, via: view.via, depth: 1, toRoot: through(folded.original, view.original) }))
  const disguised = readViews(scan, tasks, keyPath, text.length)
  const all = [...found, ...hidden, ...disguised]
  return all.length === 0 ? found : settleOverlaps(all)
}

function readViews (scan: Scan, tasks: Task[], keyPath: readonly string[], length: number): Span[] {
  const found: Span[] = []
  let budget = length * mostDecoded.times + mostDecoded.units
  for (let index = 0; index < tasks.length && budget > 0; index++) {
    const task = tasks[index]
    if (task === undefined) break
    budget -= task.view.text.length
    for (const span of readView(scan, task, keyPath)) found.push(span)
    if (task.depth < deepest) tasks.push(...viewsWithin(scan, task))
  }
  return found
}

/** What is found in what was decoded, or next to it. */
function readView (scan: Scan, { view, via, toRoot }: Task, keyPath: readonly string[]): Span[] {
  return scan.all(view.text, keyPath, false).filter(span => touches(view, span)).map(span => {
    const [start, end] = toRoot(span.start, span.end)
    return span.trace === undefined ? { ...span, start, end } : { ...span, start, end, trace: { ...span.trace, via } }
  })
}

/** What is disguised in the view that was read last. */
function viewsWithin (scan: Scan, { view, via, depth, toRoot }: Task): Task[] {
  const { folded, hints } = scan
  const isInside = (start: number, end: number): boolean => {
    const [from, to] = folded.original(start, end)
    return touches(view, { start: from + 1, end: to - 1 })
  }
  return viewsOf(folded.text, hints, isInside).map(inner => ({ view: inner, via: [...via, ...inner.via], depth: depth + 1, toRoot: through(toRoot, through(folded.original, inner.original)) }))
}

/** Stretches come in ascending order, apart from each other. */
function touches ({ stretches }: View, { start, end }: { readonly start: number, readonly end: number }): boolean {
  let low = 0
  let high = stretches.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((stretches[middle]?.[1] ?? 0) < start) low = middle + 1
    else high = middle
  }
  const first = stretches[low]
  return first !== undefined && first[0] <= end
}

function through (outer: Original, inner: Original): Original {
  return (start, end) => outer(...inner(start, end))
}

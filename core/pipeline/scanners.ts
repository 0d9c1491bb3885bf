/** The scanners of several classify stages over one text, as one. */
import type { Settled, TextFinding, TextScanner } from './stream.ts'

/** For detectors that judge whole texts alone: nothing is settled before the text is over. */
export function holdingScanner (scan: (text: string) => readonly TextFinding[]): TextScanner {
  const pieces: string[] = []
  return {
    push: piece => {
      pieces.push(piece)
      return { upTo: 0, findings: [], open: [], hasOverflown: false }
    },
    end: () => {
      const text = pieces.join('')
      return { upTo: text.length, findings: scan(text), open: [], hasOverflown: false }
    }
  }
}

/** What all of them have settled. A finding is told once all have come to its end; until then none of it is settled. */
export function joinScanners (scanners: readonly TextScanner[]): TextScanner {
  const [only] = scanners
  if (only !== undefined && scanners.length === 1) return only
  const joined = new Joined()
  const each = (step: (scanner: TextScanner) => Settled | Promise<Settled>): Settled | Promise<Settled> => {
    const told = scanners.map(step)
    return told.some(one => one instanceof Promise) ? Promise.all(told).then(all => joined.join(all)) : joined.join(told as Settled[])
  }
  let length = 0
  return {
    push: piece => {
      length += piece.length
      return scanners.length === 0 ? { upTo: length, findings: [], open: [], hasOverflown: false } : each(scanner => scanner.push(piece))
    },
    end: () => scanners.length === 0 ? { upTo: length, findings: [], open: [], hasOverflown: false } : each(scanner => scanner.end())
  }
}

class Joined {
  #upTo = 0
  #waiting: TextFinding[] = []

  join (told: readonly Settled[]): Settled {
    this.#waiting = [...this.#waiting, ...told.flatMap(({ findings }) => findings)].sort((a, b) => a.start - b.start || a.end - b.end)
    const common = Math.min(...told.map(({ upTo }) => upTo))
    const torn = this.#waiting.filter(({ start, end }) => start < common && end > common).map(({ start }) => start)
    this.#upTo = Math.max(this.#upTo, Math.min(common, ...torn))
    const findings = this.#waiting.filter(({ end }) => end <= this.#upTo)
    this.#waiting = this.#waiting.filter(({ end }) => end > this.#upTo)
    return { upTo: this.#upTo, findings, open: told.flatMap(({ open }) => open), hasOverflown: told.some(one => one.hasOverflown) }
  }
}

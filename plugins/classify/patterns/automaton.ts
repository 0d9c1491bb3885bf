/** Finds all of a set of words in one pass (Aho and Corasick, 1975), whatever their case, `_` and `-` read as spaces. */

export interface Automaton {
  /** Next state, by state * classes + class. State 0 is the start. */
  readonly next: Int16Array
  /** Class of an ASCII unit; beyond ASCII and in no word: 0. */
  readonly classOf: Uint8Array
  readonly classes: number
  /** Indexes of the words that end in a state. */
  readonly ends: ReadonlyArray<readonly number[]>
}

/** @param words lower case, ASCII, spaces for `_` and `-` */
export function buildAutomaton (words: readonly string[]): Automaton {
  const { classOf, classes } = classesOf(words)
  const { rows, ends } = buildTrie(words, classOf, classes)
  link(rows, ends, classes)
  const next = Int16Array.from(rows.flat())
  return { next, classOf, classes, ends }
}

function classesOf (words: readonly string[]): { classOf: Uint8Array, classes: number } {
  const classOf = new Uint8Array(128)
  const units = [...new Set(words.join(''))]
  units.forEach((unit, index) => {
    for (const twin of [unit, unit.toUpperCase(), ...unit === ' ' ? ['_', '-'] : []]) classOf[twin.charCodeAt(0)] = index + 1
  })
  return { classOf, classes: units.length + 1 }
}

/** Rows of the goto table, -1 where there is no edge. */
function buildTrie (words: readonly string[], classOf: Uint8Array, classes: number): { rows: number[][], ends: number[][] } {
  const empty = (): number[] => new Array<number>(classes).fill(-1)
  const rows = [empty()]
  const ends: number[][] = [[]]
  words.forEach((word, index) => {
    let state = 0
    for (const unit of word) {
      const row = rows[state] ?? []
      const kind = classOf[unit.charCodeAt(0)] ?? 0
      if (row[kind] === -1) {
        row[kind] = rows.push(empty()) - 1
        ends.push([])
      }
      state = row[kind] ?? 0
    }
    ends[state]?.push(index)
  })
  return { rows, ends }
}

/** Fills the missing edges, breadth first, with those of the longest suffix that is a prefix of a word. */
function link (rows: number[][], ends: number[][], classes: number): void {
  const fallback = new Array<number>(rows.length).fill(0)
  const queue = [0]
  for (const state of queue) {
    const row = rows[state] ?? []
    const other = rows[fallback[state] ?? 0] ?? []
    for (let kind = 0; kind < classes; kind++) {
      const target = row[kind] ?? -1
      const through = state === 0 ? 0 : other[kind] ?? 0
      if (target === -1) {
        row[kind] = through
        continue
      }
      fallback[target] = through
      ends[target]?.push(...ends[through] ?? [])
      queue.push(target)
    }
  }
}

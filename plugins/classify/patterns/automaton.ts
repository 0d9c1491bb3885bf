/** Finds all of a set of words in one pass (Aho and Corasick, 1975), whatever their case, `_` and `-` read as spaces. */

/** What {@link Automaton.about} says of an ASCII unit, beside the class it has in words. */
export const isDigitUnit = 1 << 8
export const isUpperUnit = 1 << 9
export const isAtUnit = 1 << 10
/** Units that may begin an escape: `%`, `&`, `\`, `=`. */
export const isEscapeUnit = 1 << 11
/** Mask of the class. */
export const classMask = 0xff

/** Set in a state of {@link Automaton.next} in which a word ends. */
export const hasEnds = 0x8000
/** Mask of the state itself. */
export const stateMask = 0x7fff

export interface Automaton {
  /** Next state, by `state << shift | class`. State 0 is the start. */
  readonly next: Uint16Array
  readonly shift: number
  /** By unit, 128 for all beyond ASCII: its class in words (0: in no word) and the flags above. */
  readonly about: Uint16Array
  /** Indexes of the words that end in a state. */
  readonly ends: ReadonlyArray<readonly number[]>
}

/** @param words lower case, ASCII, spaces for `_` and `-` */
export function buildAutomaton (words: readonly string[]): Automaton {
  const { about, classes } = classesOf(words)
  const shift = Math.ceil(Math.log2(classes))
  const { rows, ends } = buildTrie(words, about, classes)
  if (rows.length > stateMask) throw new RangeError('there are more words than the automaton takes')
  link(rows, ends, classes)
  const next = new Uint16Array(rows.length << shift)
  rows.forEach((row, state) => {
    next.set(row.map(target => (ends[target]?.length ?? 0) > 0 ? target | hasEnds : target), state << shift)
  })
  return { next, shift, about, ends }
}

function classesOf (words: readonly string[]): { about: Uint16Array, classes: number } {
  const about = new Uint16Array(129)
  for (let code = 0; code < 128; code++) about[code] = flagsOf(String.fromCharCode(code))
  const units = [...new Set(words.join(''))].sort((a, b) => Number(isCommon(b)) - Number(isCommon(a)))
  units.forEach((unit, index) => {
    for (const twin of [unit, unit.toUpperCase(), ...unit === ' ' ? ['_', '-'] : []]) about[twin.charCodeAt(0)] = flagsOf(twin) | (index + 1)
  })
  return { about, classes: units.length + 1 }
}

/** Their classes come first, so that what most texts need of a row lies in one line of the cache. */
function isCommon (unit: string): boolean {
  return /[a-z ]/.test(unit)
}

function flagsOf (unit: string): number {
  if (/[A-Z]/.test(unit)) return isUpperUnit
  if (/\d/.test(unit)) return isDigitUnit
  if (unit === '@') return isAtUnit
  return '%&\\='.includes(unit) ? isEscapeUnit : 0
}

/** Rows of the goto table, -1 where there is no edge. The states of beginnings come first, close together: those are met most. */
function buildTrie (words: readonly string[], about: Uint16Array, classes: number): { rows: number[][], ends: number[][] } {
  const empty = (): number[] => new Array<number>(classes).fill(-1)
  const rows = [empty()]
  const ends: number[][] = [[]]
  const states = words.map(() => 0)
  const longest = Math.max(0, ...words.map(({ length }) => length))
  for (let depth = 0; depth < longest; depth++) {
    words.forEach((word, index) => {
      if (depth >= word.length) return
      const row = rows[states[index] ?? 0] ?? []
      const kind = (about[word.charCodeAt(depth)] ?? 0) & classMask
      if (row[kind] === -1) {
        row[kind] = rows.push(empty()) - 1
        ends.push([])
      }
      states[index] = row[kind] ?? 0
    })
  }
  states.forEach((state, index) => ends[state]?.push(index))
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

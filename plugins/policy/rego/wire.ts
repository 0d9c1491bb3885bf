/**
 * What crosses between the gateway's thread and a worker: texts in shared memory, in places that are taken again. Nothing is
 * cloned, and no thread is woken that is awake: waking one costs more than a small evaluation.
 */

/** What a worker is made of. Modules are shared, not copied. */
export interface WorkerParts {
  readonly module: WebAssembly.Module
  /** For tenants with rules of their own. */
  readonly tenants: ReadonlyMap<string, WebAssembly.Module>
  readonly dataText: string
  /** OPA's evaluator, for a policy that needs it: null for all others. */
  readonly evaluator: WebAssembly.Module | null
  /** See {@link Wire}. */
  readonly shared: SharedArrayBuffer
}

/** Questions that a worker may hold: enough to keep it busy, few enough to move when it fails. */
export const places = 16
/** Bytes of a place: a question's text and, in its turn, its answer's. A longer question travels as a message; a longer answer is none. */
const placeBytes = 65_536

/** Whose rules, by their place in the list of tenants with rules of their own; 0: everybody's. */
export interface Asked {
  readonly tenant: number
  readonly entrypoint: number
  /** Null: it was too long for its place, and comes as a message. */
  readonly text: string | null
}

const replyKinds = ['result', 'undefined', 'conflict', 'error'] as const

/** `text`: the result's JSON text, or why there is none. */
export interface Reply { readonly kind: typeof replyKinds[number], readonly text: string }

/** The first 32-bit numbers of the memory. */
const cells = { asked: 0, answered: 1, asleep: 2, bell: 3 } as const
const noted = { tenant: 0, entrypoint: 1, length: 2, kind: 3 } as const
const notesAt = 16
const sinceAt = (notesAt + 4 * places) * 4
const placesAt = sinceAt + 64

/** Questions are numbered by 32-bit numbers that go round: they begin shortly before they do, so that it happens at once, and not after a week. */
export const firstNumber = 0x7fff_fff0

export function nextNumber (number: number): number {
  return (number + 1) | 0
}

export function makeShared (): SharedArrayBuffer {
  const shared = new SharedArrayBuffer(placesAt + places * placeBytes)
  new Int32Array(shared).fill(firstNumber, cells.asked, cells.answered + 1)
  return shared
}

/** Both ends of the memory. Questions are answered in their order; the number of one says its place. */
export class Wire {
  readonly #cells: Int32Array
  readonly #since: BigInt64Array
  readonly #bytes: Buffer

  constructor (shared: SharedArrayBuffer) {
    this.#cells = new Int32Array(shared)
    this.#since = new BigInt64Array(shared, sinceAt, 1)
    this.#bytes = Buffer.from(shared, placesAt)
  }

  /** The gateway's end. False where the text is too long for its place: it must have been sent as a message before. */
  fits (text: string): boolean {
    return text.length * 3 <= placeBytes || Buffer.byteLength(text) <= placeBytes
  }

  ask (number: number, { tenant, entrypoint, text }: Asked): void {
    this.#note(number, noted.tenant, tenant)
    this.#note(number, noted.entrypoint, entrypoint)
    this.#note(number, noted.length, text === null ? -1 : this.#write(number, text))
    Atomics.store(this.#cells, cells.asked, nextNumber(number))
    if (Atomics.exchange(this.#cells, cells.asleep, 0) === 1) Atomics.notify(this.#cells, cells.asked)
  }

  /** The worker is to tell of its next answer by a message. Asked for before the answers are looked at, so that none is missed. */
  arm (): void {
    Atomics.store(this.#cells, cells.bell, 1)
  }

  /** The number of the first question that is not answered. */
  answered (): number {
    return Atomics.load(this.#cells, cells.answered)
  }

  reply (number: number): Reply {
    return { kind: replyKinds[this.#noted(number, noted.kind)] ?? 'error', text: this.#read(number) }
  }

  /** Since when the first question that is not answered is at work, in nanoseconds of the machine's steady clock; 0: it is not. */
  since (): bigint {
    return Atomics.load(this.#since, 0)
  }

  /** The worker's end. Sleeps until the question of this number was asked. */
  sleepUntil (number: number): void {
    while (Atomics.load(this.#cells, cells.asked) === number) {
      Atomics.store(this.#cells, cells.asleep, 1)
      Atomics.wait(this.#cells, cells.asked, number)
      Atomics.store(this.#cells, cells.asleep, 0)
    }
  }

  question (number: number): Asked {
    const isLong = this.#noted(number, noted.length) === -1
    return { tenant: this.#noted(number, noted.tenant), entrypoint: this.#noted(number, noted.entrypoint), text: isLong ? null : this.#read(number) }
  }

  begin (): void {
    Atomics.store(this.#since, 0, process.hrtime.bigint())
  }

  /** True where the gateway waits to be told. */
  answer (number: number, { kind, text }: Reply): boolean {
    const isTooLong = !this.fits(text)
    this.#note(number, noted.kind, replyKinds.indexOf(isTooLong ? 'error' : kind))
    this.#note(number, noted.length, this.#write(number, isTooLong ? 'the answer is too long' : text))
    Atomics.store(this.#since, 0, 0n)
    Atomics.store(this.#cells, cells.answered, nextNumber(number))
    return Atomics.exchange(this.#cells, cells.bell, 0) === 1
  }

  #noted (number: number, what: number): number {
    return this.#cells[notesAt + 4 * placeOf(number) + what] ?? 0
  }

  #note (number: number, what: number, value: number): void {
    this.#cells[notesAt + 4 * placeOf(number) + what] = value
  }

  #write (number: number, text: string): number {
    return this.#bytes.write(text, placeOf(number) * placeBytes, placeBytes, 'utf8')
  }

  #read (number: number): string {
    const start = placeOf(number) * placeBytes
    return this.#bytes.toString('utf8', start, start + this.#noted(number, noted.length))
  }
}

function placeOf (number: number): number {
  return number & (places - 1)
}

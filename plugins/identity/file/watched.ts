/** A file that is looked at every second and read again when it changed; while it cannot be used, nothing that rests on it is decided. */
import { stat, readFile } from 'node:fs/promises'
import { GatewayError } from '../../../core/errors.ts'

const lookMs = 1000

export interface WatchedOptions {
  /** Hears once of every way in which the file cannot be used. */
  readonly failed: (thrown: unknown) => void
  /** Hears of every content after the first, and of its loss. */
  readonly changed?: () => void
  /** Ends the watching. */
  readonly closing: AbortSignal
}

export class WatchedFile<T> {
  readonly #path: string
  readonly #read: (content: Buffer) => T
  readonly #options: WatchedOptions
  #seen = ''
  #value: T | null = null

  private constructor (path: string, read: (content: Buffer) => T, options: WatchedOptions) {
    this.#path = path
    this.#read = read
    this.#options = options
  }

  /**
   * Reads the file for the first time. A file that cannot be used stops no start: what rests on it is refused until it can.
   * @param read makes the value; throws Error for a content that makes no sense
   */
  static async open<T> (path: string, read: (content: Buffer) => T, options: WatchedOptions): Promise<WatchedFile<T>> {
    const file = new WatchedFile(path, read, options)
    await file.#look()
    const timer = setInterval(() => { file.#look().catch(() => {}) }, lookMs).unref() // it never rejects
    options.closing.addEventListener('abort', () => { clearInterval(timer) }, { once: true })
    return file
  }

  /** What stands in the file. Throws GW_IDENTITY_KEYS_UNAVAILABLE while it cannot be used. */
  get current (): T {
    if (this.#value === null) throw new GatewayError('GW_IDENTITY_KEYS_UNAVAILABLE', { detail: 'a file that the decision rests on cannot be used' })
    return this.#value
  }

  async #look (): Promise<void> {
    try {
      const { mtimeMs, ctimeMs, size, ino } = await stat(this.#path)
      const seen = `${mtimeMs} ${ctimeMs} ${size} ${ino}`
      if (seen === this.#seen) return
      const content = await readFile(this.#path)
      const before = this.#seen
      this.#seen = seen
      this.#value = this.#read(content)
      if (before !== '') this.#options.changed?.()
    } catch (thrown) {
      this.#fail(thrown)
    }
  }

  #fail (thrown: unknown): void {
    const wasUsable = this.#value !== null || this.#seen === ''
    this.#value = null
    if (isAbsent(thrown)) this.#seen = 'absent'
    if (!wasUsable) return
    this.#options.failed(thrown)
    this.#options.changed?.()
  }
}

function isAbsent (thrown: unknown): boolean {
  return thrown instanceof Error && 'code' in thrown
}

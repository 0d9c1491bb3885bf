/** Closes in the reverse order of opening, each once, whatever the others do. */
export class Closers {
  readonly #closers: Array<() => Promise<void>> = []

  add (close: () => Promise<void>): void {
    this.#closers.push(close)
  }

  async run (): Promise<void> {
    for (let close = this.#closers.pop(); close !== undefined; close = this.#closers.pop()) {
      await close().catch(() => {}) // the rest must still close
    }
  }
}

/**
 * The log's side: its heads are shown to the witnesses, one head to all of them at a time, and count as witnessed when a quorum has
 * cosigned that one. While they think, the next head waits, and stands for all before it.
 */
import { consistencyPath, type Tree } from '../proofs.ts'
import type { WitnessSettings } from '../settings.ts'
import { cosignersOf, parseVerifier, type VerifierKey } from '../verify/note.ts'
import { submissionText } from './submission.ts'

export interface WitnessedHead {
  readonly size: number
  /** The log's note with the cosignatures behind its own signature. */
  readonly note: string
}

/** What is told of the witnesses. */
export interface WitnessEvents {
  cosigned (head: WitnessedHead): void
  /** Too few of them cosigned: why. */
  failed (why: string): void
  /** A witness cosigned more of this log than there is, or another one: it was rolled back or forked. */
  denied (why: string): void
}

interface Head { readonly size: number, readonly note: string }

const patienceMs = 5000
/** After a round that failed. */
const againMs = 250
const maxLineBytes = 4096

export class Witnesses {
  readonly #lanes: readonly Lane[]
  readonly #quorum: number
  readonly #events: WitnessEvents
  readonly #everyMs: number
  #next: Head | null = null
  #isAsking = false
  #closed = false

  /**
   * @param tree of the log now
   * @param everyMs how long a head may wait at most where it is not awaited; 0 asks at once
   */
  constructor (settings: { readonly witnesses: readonly WitnessSettings[], readonly quorum: number }, tree: () => Tree, everyMs: number, events: WitnessEvents) {
    this.#lanes = settings.witnesses.map(({ url, key }) => new Lane(url, parseVerifier(key), tree))
    this.#quorum = settings.quorum
    this.#everyMs = everyMs
    this.#events = events
  }

  /** This head is durable, and stands for those before it. */
  offer (head: Head): void {
    this.#next = head
    if (!this.#isAsking && this.#lanes.length > 0) this.#run().catch((thrown: unknown) => { this.#events.denied(String(thrown)) })
  }

  close (): void {
    this.#closed = true
    this.#next = null
  }

  async #run (): Promise<void> {
    this.#isAsking = true
    for (let head = this.#next; head !== null && !this.#closed; head = this.#next) {
      this.#next = null
      const isCosigned = await this.#ask(head)
      if (!isCosigned) this.#next ??= head
      const pauseMs = isCosigned ? this.#everyMs : Math.max(againMs, this.#everyMs)
      if (pauseMs > 0) await new Promise(resolve => setTimeout(resolve, pauseMs).unref())
    }
    this.#isAsking = false
  }

  /** True when a quorum has cosigned this head; those that are slower are not waited for. */
  async #ask (head: Head): Promise<boolean> {
    const idle = this.#lanes.filter(lane => !lane.isBusy)
    const lines: string[] = []
    const faults: string[] = []
    await new Promise<void>(resolve => {
      let left = idle.length
      const done = (): void => { if (--left <= 0 || lines.length >= this.#quorum) resolve() }
      if (left === 0) setTimeout(resolve, againMs).unref()
      for (const lane of idle) {
        lane.submit(head).then(line => { lines.push(line) }, (thrown: unknown) => {
          faults.push(thrown instanceof Error ? thrown.message : String(thrown))
          if (thrown instanceof Denied && !this.#closed) this.#events.denied(thrown.message)
        }).finally(done)
      }
    })
    if (this.#closed) return true
    if (lines.length >= this.#quorum) this.#events.cosigned({ size: head.size, note: head.note + lines.join('') })
    else this.#events.failed(faults.length > 0 ? faults.join('; ') : 'the witnesses do not answer')
    return lines.length >= this.#quorum
  }
}

class Denied extends Error {}

/** One witness, one question at a time. */
class Lane {
  readonly #url: string
  readonly #key: VerifierKey
  readonly #tree: () => Tree
  /** Of the tree that it cosigned last; it tells where that is not known. */
  #size = 0
  isBusy = false

  constructor (url: string, key: VerifierKey, tree: () => Tree) {
    this.#url = url.replace(/\/$/, '')
    this.#key = key
    this.#tree = tree
  }

  /** Its signature line. Rejects with {@link Denied} where it cosigned a tree that this log cannot go on from. */
  async submit (head: Head): Promise<string> {
    this.isBusy = true
    try {
      return await this.#submit(head, false)
    } finally {
      this.isBusy = false
    }
  }

  async #submit (head: Head, isAgain: boolean): Promise<string> {
    const path = consistencyPath(this.#tree(), this.#size, head.size)
    const answer = await fetch(`${this.#url}/add-checkpoint`, {
      method: 'POST', body: submissionText({ oldSize: this.#size, path, note: head.note }), redirect: 'error', signal: AbortSignal.timeout(patienceMs)
    })
    const text = (await answer.text()).slice(0, maxLineBytes)
    if (answer.status === 200) return this.#lineIn(text, head)
    if (answer.status === 409) return await this.#catchUp(text, head, isAgain)
    if (answer.status === 422) throw this.#otherHistory()
    throw new Error(`the witness ${this.#key.origin} answered with status ${answer.status}`)
  }

  /** It told the size that it cosigned last. */
  async #catchUp (text: string, head: Head, isAgain: boolean): Promise<string> {
    const size = Number(/^(0|[1-9]\d{0,14})\n$/.exec(text)?.[1] ?? NaN)
    if (size > head.size) throw new Denied(`the witness ${this.#key.origin} cosigned ${size} records of this log, which holds ${head.size}: it was rolled back, or is written twice`)
    if (size === this.#size) throw this.#otherHistory()
    if (Number.isNaN(size) || isAgain) throw new Error(`the witness ${this.#key.origin} does not tell what it cosigned`)
    this.#size = size
    return await this.#submit(head, true)
  }

  #otherHistory (): Denied {
    return new Denied(`the witness ${this.#key.origin} holds another history of this log than this one`)
  }

  #lineIn (text: string, { note, size }: Head): string {
    for (const line of text.split('\n')) {
      if (cosignersOf(`${note}${line}\n`, [this.#key]).length === 0) continue
      this.#size = size
      return `${line}\n`
    }
    throw new Error(`the witness ${this.#key.origin} sent no cosignature of its own`)
  }
}

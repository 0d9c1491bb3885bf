/** The tools an answer calls, put together while its fields are read. `L` is how a lane is named. */
import type { AnswerTool } from '../../../core/pipeline/facts.ts'
import type { StreamCall, StreamLane } from '../../../core/pipeline/stream.ts'

interface Call<L> { readonly name: string, readonly lane: L | null }

const callPlace = /^choices\/(\d{1,9})\/message\/(?:tool_calls\/\d{1,9}\/(?:function|custom)|function_call)$/

class Calls<L> {
  readonly known = new Map<string, Call<L>>()

  /** Takes note of a field's text and of its lane; most fields are no part of a call. Returns the call's place, or null. */
  note (path: readonly string[], text: string, lane: L): string | null {
    const field = path.at(-1)
    if (path[0] !== 'choices' || (field !== 'name' && field !== 'arguments' && field !== 'input')) return null
    const place = path.slice(0, -1).join('/')
    if (!callPlace.test(place)) return null
    const known = this.known.get(place) ?? { name: '', lane: null }
    this.known.set(place, field === 'name' ? { ...known, name: joined(known.name, text) } : { ...known, lane })
    return place
  }
}

/** Some endpoints repeat a name in every chunk, others send it in pieces. */
function joined (known: string, text: string): string {
  return known === text ? known : known + text
}

/** Of a whole answer; lanes by their index. */
export class ToolCalls {
  readonly #calls = new Calls<number>()

  note (path: readonly string[], text: string, lane: number): void {
    this.#calls.note(path, text, lane)
  }

  list (): AnswerTool[] {
    return [...this.#calls.known.values()]
  }
}

/** Of a stream: a call is complete when the next one of its choice begins, or the choice ends. One that goes on after that is told again. */
export class StreamCalls {
  readonly #calls = new Calls<StreamLane>()
  /** By choice: the call that is being put together. */
  readonly #current = new Map<string, string>()
  #complete: StreamCall[] = []

  note (path: readonly string[], text: string, lane: StreamLane): void {
    const place = this.#calls.note(path, text, lane)
    const choice = path[1] ?? ''
    if (place === null || this.#current.get(choice) === place) return
    this.#end(choice)
    this.#current.set(choice, place)
  }

  /** The calls that became complete since it was asked last, and with the choices that end. */
  completed (finished: ReadonlyMap<number, unknown>): readonly StreamCall[] {
    for (const choice of finished.keys()) this.#end(String(choice))
    const complete = this.#complete
    this.#complete = []
    return complete
  }

  #end (choice: string): void {
    const id = this.#current.get(choice)
    if (id === undefined) return
    const call = this.#calls.known.get(id)
    this.#current.delete(choice)
    if (call !== undefined) this.#complete.push({ id, ...call })
  }
}

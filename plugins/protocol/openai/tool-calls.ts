/** The tools that a stream calls, put together while its fields are read. */
import type { StreamCall, StreamLane } from '../../../core/pipeline/stream.ts'

interface Call { readonly name: string, readonly lane: StreamLane | null }

const callPlace = /^choices\/(\d{1,9})\/message\/(?:tool_calls\/\d{1,9}\/(?:function|custom)|function_call)$/

class Calls {
  readonly known = new Map<string, Call>()

  /** Takes note of a field's text and of its lane; most fields are no part of a call. Returns the call's place, or null. */
  note (lane: StreamLane, text: string): string | null {
    const { path } = lane
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

/** A call is complete when the next one of its choice begins, or the choice ends. One that goes on after that is told again. */
export class StreamCalls {
  readonly #calls = new Calls()
  /** By choice: the call that is being put together. */
  readonly #current = new Map<string, string>()
  #complete: StreamCall[] = []

  note (lane: StreamLane, text: string): void {
    const place = this.#calls.note(lane, text)
    const choice = lane.path[1] ?? ''
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

/** The tools an answer calls, put together while its fields are read. */
import type { AnswerTool } from '../../../core/pipeline/facts.ts'

interface Call { name: string, lane: number | null }

export class ToolCalls {
  readonly #calls = new Map<string, Call>()

  /** Takes note of a field's text and of its lane; most fields are no part of a call. */
  note (path: readonly string[], text: string, lane: number): void {
    const field = path.at(-1)
    if (path[0] !== 'choices' || (field !== 'name' && field !== 'arguments' && field !== 'input')) return
    const call = path.slice(0, -1).join('/')
    if (!/^choices\/\d{1,9}\/message\/(?:tool_calls\/\d{1,9}\/(?:function|custom)|function_call)$/.test(call)) return
    const known = this.#calls.get(call) ?? { name: '', lane: null }
    this.#calls.set(call, field === 'name' ? { ...known, name: joined(known.name, text) } : { ...known, lane })
  }

  list (): AnswerTool[] {
    return [...this.#calls.values()]
  }
}

/** Some endpoints repeat a name in every chunk, others send it in pieces. */
function joined (known: string, text: string): string {
  return known === text ? known : known + text
}

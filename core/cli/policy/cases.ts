/** Cases in batches, a line each. Answers come in the order of the questions. */
import { createReadStream, statSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { createInterface } from 'node:readline'
import { evaluateCase, readCase, writeAnswer, type CaseEngine } from '../../../rego/cases.ts'
import { startCompiler } from '../../../rego/compiler/compiler.ts'
import { openRunner } from '../../../rego/engine/runner.ts'
import { exitCodes, print, UsageError } from '../command.ts'

/** How long one case may take to compile, and to run, in milliseconds. */
const deadlineMs = 20_000
/** Cases that may be under way at one compiler: one compiles while the one before runs. */
const perCompiler = 3
const maxCompilers = 4

export async function evaluateCases (file: string, engine: CaseEngine): Promise<number> {
  const desks: Desk[] = [await openDesk(engine)]
  const waiting: Array<Promise<string>> = []
  try {
    let number = 0
    for await (const line of linesOf(file)) {
      if (line.trim() === '') continue
      if (number === 50 && desks.length < Math.min(maxCompilers, availableParallelism())) desks.push(...await Promise.all(moreDesks(engine))) // worth starting
      const desk = desks[number++ % desks.length]
      if (desk !== undefined) waiting.push(desk.answer(line, number))
      if (waiting.length >= perCompiler * desks.length) print(await waiting.shift() ?? '')
    }
    for (const answer of waiting) print(await answer)
    return exitCodes.ok
  } finally {
    await Promise.allSettled(waiting)
    await Promise.all(desks.map(async desk => { await desk.close() }))
  }
}

function moreDesks (engine: CaseEngine): Array<Promise<Desk>> {
  return Array.from({ length: Math.min(maxCompilers, availableParallelism()) - 1 }, async () => await openDesk(engine))
}

function linesOf (file: string): AsyncIterable<string> {
  if (file !== '-' && statSync(file, { throwIfNoEntry: false })?.isFile() !== true) throw new UsageError(`there is no file ${file}`)
  return createInterface({ input: file === '-' ? process.stdin : createReadStream(file), crlfDelay: Infinity })
}

/** A compiler and a thread that runs what it made. */
interface Desk {
  answer (line: string, number: number): Promise<string>
  close (): Promise<void>
}

async function openDesk (engine: CaseEngine): Promise<Desk> {
  const compiler = await startCompiler({ deadlineMs })
  const runner = openRunner({ deadlineMs, evaluator: true })
  return {
    answer: async (line, number) => {
      const { id, one } = readLine(line, number)
      return writeAnswer(id, await evaluateCase(one, engine, compiler, runner))
    },
    close: async () => { await Promise.all([compiler.close(), runner.close()]) }
  }
}

function readLine (line: string, number: number): ReturnType<typeof readCase> {
  try {
    return readCase(line)
  } catch (thrown) {
    throw new UsageError(`line ${number}: ${thrown instanceof Error ? thrown.message : String(thrown)}`)
  }
}

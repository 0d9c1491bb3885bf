/** The compiler as a policy build uses it: one for all that build at about the same time, and nothing compiled twice. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { shippedFiles, startCompiler, type Compiler } from './compiler/compiler.ts'

/** It holds some hundred megabytes and is slow to start: it stays this many milliseconds after its last use. */
const lingerMs = 10_000

let open: Promise<Compiler> | null = null
let users = 0
let lingering: NodeJS.Timeout | undefined

/** Lends the compiler that this process shares. */
export async function withCompiler<T> (use: (compiler: Compiler) => Promise<T>): Promise<T> {
  clearTimeout(lingering)
  users++
  try {
    return await use(await started())
  } finally {
    users--
    if (users === 0) lingering = setTimeout(() => { end().catch(() => {}) }, lingerMs).unref()
  }
}

async function started (): Promise<Compiler> {
  open ??= startCompiler()
  try {
    return await open
  } catch (thrown) {
    open = null
    throw thrown
  }
}

async function end (): Promise<void> {
  const last = open
  open = null
  await (await last)?.close()
}

/** What was made before, by the digest of all that went into it; the eldest goes first. */
const made = new Map<string, Promise<unknown>>()
const maxMade = 128

/** Makes what was not made before from the same `source`, a value of JSON. A failure is not kept. */
export function once<T> (source: unknown, make: () => Promise<T>): Promise<T> {
  const key = createHash('sha256').update(readFileSync(shippedFiles.digest)).update(JSON.stringify(source)).digest('hex')
  const known = made.get(key) as Promise<T> | undefined
  if (known !== undefined) return known
  const making = make()
  made.set(key, making)
  making.catch(() => { made.delete(key) })
  for (const eldest of made.keys()) {
    if (made.size <= maxMade) break
    made.delete(eldest)
  }
  return making
}

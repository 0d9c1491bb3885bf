/** The compiler as a policy build uses it: one for all that build at the same time, and nothing compiled twice. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { shippedFiles, startCompiler, type BuildRequest, type Compiler } from './compiler/compiler.ts'

let open: { readonly compiler: Promise<Compiler>, users: number } | null = null

/** Starts the compiler for the first user and ends it after the last: it holds some hundred megabytes. */
export async function withCompiler<T> (use: (compiler: Compiler) => Promise<T>): Promise<T> {
  open ??= { compiler: startCompiler(), users: 0 }
  const mine = open
  mine.users++
  try {
    return await use(await mine.compiler)
  } finally {
    mine.users--
    if (mine.users === 0) {
      if (open === mine) open = null
      await mine.compiler.then(async compiler => { await compiler.close() }, () => {})
    }
  }
}

/** Compiled modules by the digest of all that went into them; the eldest goes first. */
const compiled = new Map<string, Promise<Uint8Array>>()
const maxCompiled = 64

/** Compiles to WebAssembly. Throws `RegoError`; a failure is not kept. */
export function compileOnce (compiler: Compiler, request: BuildRequest): Promise<Uint8Array> {
  const key = keyOf(request)
  const known = compiled.get(key)
  if (known !== undefined) return known
  const made = compiler.build(request).then(({ wasm }) => wasm)
  compiled.set(key, made)
  made.catch(() => { compiled.delete(key) })
  for (const eldest of compiled.keys()) {
    if (compiled.size <= maxCompiled) break
    compiled.delete(eldest)
  }
  return made
}

function keyOf (request: BuildRequest): string {
  return createHash('sha256').update(readFileSync(shippedFiles.digest)).update(JSON.stringify(request)).digest('hex')
}

/** One running instance of the compiler module: JSON text in, JSON text out. */
import { createWasiHost } from './wasi.ts'

export interface CompilerInstance {
  /** Throws what WebAssembly throws (RangeError, RuntimeError, CompilerExit); the instance is then not to be used again. */
  call (request: string): string
  /** The last of what Go wrote to its log: its words on a crash. */
  lastWords (): string
}

interface ReactorExports {
  readonly memory: WebAssembly.Memory
  _initialize (): void
  reserve (size: number): number
  call (): number
  result (): number
}

const maxLogLength = 4096

/** @param clock the wall clock that Go reads, in nanoseconds since 1970 */
export function startInstance (module: WebAssembly.Module, clock?: () => bigint): CompilerInstance {
  let log = ''
  const host = createWasiHost(text => { log = (log + text).slice(-maxLogLength) }, clock)
  const reactor = new WebAssembly.Instance(module, host.imports).exports as unknown as ReactorExports
  host.bind(reactor.memory)
  reactor._initialize()
  return {
    call (request) {
      write(reactor, Buffer.from(request, 'utf8'))
      const length = reactor.call()
      return Buffer.from(reactor.memory.buffer, unsigned(reactor.result()), length).toString('utf8')
    },
    lastWords: () => log
  }
}

function write (reactor: ReactorExports, bytes: Uint8Array): void {
  const at = unsigned(reactor.reserve(bytes.length))
  new Uint8Array(reactor.memory.buffer, at, bytes.length).set(bytes)
}

/** Addresses above 2 GiB come out of WebAssembly as negative numbers. */
function unsigned (address: number): number {
  return address >>> 0
}

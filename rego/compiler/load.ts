/** The compiler's WebAssembly module as it ships: brotli beside the digest of what must come out of it. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { brotliDecompress, brotliDecompressSync } from 'node:zlib'
import { packageFile } from '../../core/package.ts'
import { RegoError } from './types.ts'

export interface CompilerFiles {
  /** Path of the compressed module. */
  readonly module: string
  /** Path of the file that holds the SHA-256 of the uncompressed module, in hex. */
  readonly digest: string
}

export const shippedFiles: CompilerFiles = {
  module: packageFile('rego/compiler/compiler.wasm.br'),
  digest: packageFile('rego/compiler/compiler.sha256')
}

/** Larger than the module by a good part, and small enough that a crafted file cannot exhaust memory. */
const maxModuleBytes = 64 * 1024 * 1024

/** Throws {@link RegoError} `rego_crash` for a file that is not the one whose digest ships. */
export function loadModule (files: CompilerFiles = shippedFiles): WebAssembly.Module {
  return new WebAssembly.Module(held(decompress(files.module), files))
}

/** The same without holding up this thread. */
export async function loadModuleAside (files: CompilerFiles = shippedFiles): Promise<WebAssembly.Module> {
  const wasm = await promisify(brotliDecompress)(readFileSync(files.module), { maxOutputLength: maxModuleBytes })
  return await WebAssembly.compile(held(wasm as Buffer<ArrayBuffer>, files))
}

function held (wasm: Buffer<ArrayBuffer>, { digest }: CompilerFiles): Buffer<ArrayBuffer> {
  if (createHash('sha256').update(wasm).digest('hex') !== readFileSync(digest, 'utf8').trim()) {
    throw RegoError.of('rego_crash', 'the compiler that ships with this package does not have its recorded digest')
  }
  return wasm
}

function decompress (path: string): Buffer<ArrayBuffer> {
  try {
    return brotliDecompressSync(readFileSync(path), { maxOutputLength: maxModuleBytes }) as Buffer<ArrayBuffer>
  } catch (cause) {
    throw RegoError.of('rego_crash', 'the compiler that ships with this package cannot be read', { cause })
  }
}

// Compresses the built module: `node pack.mjs compiler.wasm FOLDER` writes compiler.wasm.br and compiler.sha256.
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, constants } from 'node:zlib'

const [input, folder] = process.argv.slice(2)
const wasm = readFileSync(input)
const packed = brotliCompressSync(wasm, {
  params: {
    [constants.BROTLI_PARAM_QUALITY]: 11,
    [constants.BROTLI_PARAM_LGWIN]: 24,
    [constants.BROTLI_PARAM_SIZE_HINT]: wasm.length
  }
})
writeFileSync(join(folder, 'compiler.wasm.br'), packed)
writeFileSync(join(folder, 'compiler.sha256'), createHash('sha256').update(wasm).digest('hex') + '\n')
console.log(`compiler.wasm ${wasm.length} bytes, compiler.wasm.br ${packed.length} bytes`)

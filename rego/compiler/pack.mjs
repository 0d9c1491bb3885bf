// Compresses the built module: `node pack.mjs compiler.wasm FOLDER` writes compiler.wasm.br and compiler.sha256.
// With SALLYPORT_COMPRESS=no the digest alone, which is of the uncompressed module: compressing takes most of the time.
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, constants } from 'node:zlib'

const [input, folder] = process.argv.slice(2)
const wasm = readFileSync(input)
writeFileSync(join(folder, 'compiler.sha256'), createHash('sha256').update(wasm).digest('hex') + '\n')
if (process.env.SALLYPORT_COMPRESS !== 'no') compress()

function compress () {
  const packed = brotliCompressSync(wasm, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: 11,
      [constants.BROTLI_PARAM_LGWIN]: 24,
      [constants.BROTLI_PARAM_SIZE_HINT]: wasm.length
    }
  })
  writeFileSync(join(folder, 'compiler.wasm.br'), packed)
  console.log(`compiler.wasm ${wasm.length} bytes, compiler.wasm.br ${packed.length} bytes`)
}

// Compresses what is built here: `node pack.mjs compiler.wasm FOLDER` writes compiler.wasm.br and compiler.sha256, the
// digest of the uncompressed module; with SALLYPORT_COMPRESS=no the digest alone: compressing takes most of the time.
// `node pack.mjs --file INPUT OUTPUT` compresses any other file.
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, constants } from 'node:zlib'

const words = process.argv.slice(2)
if (words[0] === '--file') compress(words[1], words[2])
else packModule(words[0], words[1])

function packModule (input, folder) {
  writeFileSync(join(folder, 'compiler.sha256'), createHash('sha256').update(readFileSync(input)).digest('hex') + '\n')
  if (process.env.SALLYPORT_COMPRESS !== 'no') compress(input, join(folder, 'compiler.wasm.br'))
}

function compress (input, output) {
  const bytes = readFileSync(input)
  const packed = brotliCompressSync(bytes, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: 11,
      [constants.BROTLI_PARAM_LGWIN]: 24,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length
    }
  })
  writeFileSync(output, packed)
  console.log(`${input} ${bytes.length} bytes, ${output} ${packed.length} bytes`)
}

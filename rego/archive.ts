/** A built policy as an OPA bundle: a tar archive, compressed, the same bytes for the same policy. */
import { gzipSync } from 'node:zlib'
import type { BuiltPolicy } from './policy.ts'
import { entrypoints } from './library.ts'

const blockBytes = 512

export function packPolicy (policy: BuiltPolicy): Uint8Array {
  const files: Array<readonly [name: string, content: Uint8Array]> = [
    ['/.manifest', Buffer.from(manifestOf(policy))],
    ['/data.json', Buffer.from(policy.dataText)],
    ['/policy.wasm', policy.wasm],
    ...[...policy.tenants].map(([name, wasm]) => [`/tenants/${name}/policy.wasm`, wasm] as const)
  ]
  return gzipSync(Buffer.concat([...files.flatMap(([name, content]) => entry(name, content)), Buffer.alloc(2 * blockBytes)]), { level: 9 })
}

function manifestOf ({ version }: BuiltPolicy): string {
  const wasm = Object.values(entrypoints).map(entrypoint => ({ entrypoint, module: '/policy.wasm' }))
  return JSON.stringify({ revision: version.version, roots: [''], wasm, rego_version: 1, metadata: { digest: version.digest } })
}

/** One file: its header and its content, each filled up to whole blocks (POSIX.1-1988 ustar). Throws RangeError for a name over 100 bytes. */
function entry (name: string, content: Uint8Array): Buffer[] {
  const header = Buffer.alloc(blockBytes)
  if (Buffer.byteLength(name) > 100) throw new RangeError(`${name} is too long for a bundle`)
  header.write(name, 0)
  header.write('0000644\0' + '0000000\0' + '0000000\0', 100)
  header.write(`${octal(content.length)}\0${octal(0)}\0`, 124)
  header.write(' '.repeat(8) + '0', 148)
  header.write('ustar\0' + '00', 257)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  const padding = (blockBytes - content.length % blockBytes) % blockBytes
  return [header, Buffer.from(content), Buffer.alloc(padding)]
}

function octal (value: number): string {
  return value.toString(8).padStart(11, '0')
}

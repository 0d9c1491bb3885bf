/** Writes a built policy as an OPA bundle: a tar archive, compressed, the same bytes for the same policy. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { packageFile } from '../../core/package.ts'
import { entrypoints } from '../library.ts'
import type { BuiltPolicy } from '../policy.ts'
import { signFiles, signaturesName, type SigningKey } from './signature.ts'

/** Files of a bundle by path, without a leading slash. */
export type BundleFiles = ReadonlyMap<string, Uint8Array>

const blockBytes = 512

/** @param key signs every file, in OPA's format; null leaves the bundle unsigned */
export async function packPolicy (policy: BuiltPolicy, key: SigningKey | null = null): Promise<Uint8Array> {
  const files = filesOf(policy)
  const signed = key === null ? files : new Map([[signaturesName, Buffer.from(await signFiles(files, key))], ...files])
  const entries = [...signed].flatMap(([name, content]) => entry(`/${name}`, content))
  return gzipSync(Buffer.concat([...entries, Buffer.alloc(2 * blockBytes)]), { level: 9 })
}

function filesOf (policy: BuiltPolicy): BundleFiles {
  const content: Array<readonly [name: string, content: Uint8Array]> = [
    ['data.json', Buffer.from(policy.dataText)],
    ['policy.wasm', policy.wasm],
    ...['decision.json', 'input.json', 'response.json'].map(name => [`schemas/${name}`, readFileSync(packageFile(`rego/schemas/${name}`))] as const),
    ...[...policy.tenants].map(([name, wasm]) => [`tenants/${name}/policy.wasm`, wasm] as const)
  ]
  return new Map([['.manifest', Buffer.from(manifestOf(policy, content))], ...content])
}

/** What is ours stands under `metadata`: OPA reads the rest. */
function manifestOf ({ version, judges, evaluated }: BuiltPolicy, files: ReadonlyArray<readonly [name: string, content: Uint8Array]>): string {
  const wasm = Object.values(entrypoints).map(entrypoint => ({ entrypoint, module: '/policy.wasm' }))
  const digests = Object.fromEntries(files.map(([name, content]) => [name, `sha256:${createHash('sha256').update(content).digest('hex')}`]))
  const [revision = ''] = version.version.split('@')
  return JSON.stringify({ revision, roots: [''], wasm, rego_version: 1, metadata: { sallyport: { version: version.version, digest: version.digest, judges, evaluated, digests } } })
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

import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { lockFolder } from '../../audit/lock.ts'
import { makeFolder } from '../../audit/folder.ts'
import { recordsFolder } from '../../audit/verify/files.ts'
import type { VerifierKey } from '../../audit/verify/note.ts'
import { BrokenLog } from '../../audit/verify/reader.ts'
import type { FetchTile } from '../../audit/verify/tiles.ts'
import { openCosigner } from '../../audit/witness/cosigner.ts'
import { Follower, segmentsSource, tilesSource, type Source } from '../../audit/witness/follow.ts'
import { createWitnessServer } from '../../audit/witness/server.ts'
import { Witness } from '../../audit/witness/witness.ts'
import { exitCodes, print, required, tell, UsageError, type Command, type Words } from '../command.ts'
import { readKeys } from './inputs.ts'

export const command: Command = {
  name: 'audit witness',
  usage: `usage: sallyport audit witness --name NAME --state DIR --log FILE (--listen HOST:PORT | --follow DIR|URL [--every SECONDS])

Cosigns the heads of logs that only grow, and none that forked or lost records; keeps what it cosigned in DIR. It needs no trust in
the logs, and sees hashes alone unless it follows a log's own files. Prints its own key first: who trusts it takes that line.

  --name NAME     how it signs: such as witness.example/w1
  --state DIR     its key and the heads it cosigned; best on another machine than the logs
  --log FILE      keys of the logs, one a line
  --listen        takes heads from the logs (C2SP tlog-witness); audit.commit names it http://HOST:PORT
  --follow        looks at one log itself: its folder, or tiles that audit export wrote, in a folder or behind a URL
  --every N       how often, in seconds; default 1; 0 looks once

exit codes: 0 ended, 1 the log is broken, forked or rolled back, 2 usage

example: sallyport audit witness --name witness.example/w1 --state witness --log log.key --listen 127.0.0.1:9300`,
  options: { name: { type: 'string' }, state: { type: 'string' }, log: { type: 'string' }, listen: { type: 'string' }, follow: { type: 'string' }, every: { type: 'string' } },
  positionals: { least: 0, most: 0 },
  async run (words) {
    const state = resolve(required(words, 'state'))
    const name = nameOf(words)
    const keys = readKeys(required(words, 'log'))
    const [listen, followed] = [words.text('listen'), words.text('follow')]
    if ((listen === null) === (followed === null)) throw new UsageError('one of --listen and --follow is required')
    makeFolder(state)
    const release = await lockFolder(state, 0).catch(() => { throw new UsageError(`another witness keeps its heads in ${state}`) })
    const cosigner = openCosigner(name, join(state, 'witness.key'))
    const witness = new Witness(cosigner, state, keys)
    print(cosigner.verifier)
    try {
      return listen === null ? await follow(witness, words, keys, followed ?? '') : await serve(witness, listen)
    } finally {
      release()
    }
  }
}

function nameOf (words: Words): string {
  const name = required(words, 'name')
  if (!/^[^+\s]+$/.test(name)) throw new UsageError('--name takes a name without + and spaces')
  return name
}

async function serve (witness: Witness, listen: string): Promise<number> {
  const [, host, port] = /^(.+):(\d{1,5})$/.exec(listen) ?? []
  if (host === undefined) throw new UsageError(`--listen takes HOST:PORT, not '${listen}'`)
  const server = createWitnessServer(witness)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(Number(port), host.replace(/^\[|\]$/g, ''), resolve)
  })
  const address = server.address()
  tell(`listening on ${host}:${typeof address === 'object' ? String(address?.port) : port ?? ''}`)
  await new Promise<void>(resolve => { onEnd(resolve) })
  server.close()
  server.closeAllConnections()
  return exitCodes.ok
}

async function follow (witness: Witness, words: Words, keys: readonly VerifierKey[], place: string): Promise<number> {
  const every = Number(words.text('every') ?? 1)
  if (!(every >= 0 && every <= 86_400)) throw new UsageError('--every takes seconds')
  const follower = new Follower(witness, sourceOf(place, keys), keys[0]?.origin ?? '')
  const ended = new Promise<'ended'>(resolve => { onEnd(() => { resolve('ended') }) })
  for (;;) {
    const fault = await lookOnce(witness, follower, keys, every === 0)
    if (fault !== null) {
      print(fault)
      return exitCodes.no
    }
    if (every === 0) return exitCodes.ok
    const pause = new Promise<'pause'>(resolve => { setTimeout(resolve, every * 1000, 'pause') })
    if (await Promise.race([ended, pause]) === 'ended') return exitCodes.ok
  }
}

/** Why this log is not cosigned any more, or null. */
async function lookOnce (witness: Witness, follower: Follower, keys: readonly VerifierKey[], isLast: boolean): Promise<string | null> {
  const origin = keys[0]?.origin ?? ''
  const { size } = witness.headOf(origin)
  try {
    const look = await follower.look()
    if (look === 'cosigned') tell(`cosigned ${witness.headOf(origin).size} records: ${witness.headFile(origin)}`)
    return look === 'forked' || look === 'rolled back' ? `${look.toUpperCase()}: ${origin} does not go on from the ${size} records cosigned before` : null
  } catch (thrown) {
    if (thrown instanceof BrokenLog) return `BROKEN: ${thrown.message}`
    const why = thrown instanceof Error ? thrown.message : String(thrown)
    if (isLast) return why
    tell(why)
    return null // it may be there the next time
  }
}

function sourceOf (place: string, keys: readonly VerifierKey[]): Source {
  if (/^https?:\/\//.test(place)) return tilesSource(fetchFrom(place.replace(/\/$/, '')), keys)
  if (existsSync(recordsFolder(place))) return segmentsSource(place, keys)
  if (existsSync(join(place, 'checkpoint'))) return tilesSource(async path => await readFile(join(place, path)), keys)
  throw new UsageError(`${place} holds no audit log and no tiles`)
}

const fetchMs = 10_000

function fetchFrom (prefix: string): FetchTile {
  return async path => {
    const answer = await fetch(`${prefix}/${path}`, { signal: AbortSignal.timeout(fetchMs) })
    if (!answer.ok) throw new Error(`${prefix}/${path}: HTTP status ${answer.status}`)
    return Buffer.from(await answer.arrayBuffer())
  }
}

function onEnd (end: () => void): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, end)
}

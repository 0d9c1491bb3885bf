/**
 * One life of a log on a simulated volume: it is opened, written to, struck by one fault, opened again, sometimes struck again while it
 * recovers, and judged: whatever was acknowledged must be there, and nothing may be acknowledged after a write or sync that failed.
 */
import { randomUUID } from 'node:crypto'
import { canonicalize } from '../../../core/audit/canonical.ts'
import { floorOf, readHead, writeHead } from '../../../core/audit/floor.ts'
import type { Committed, Ledger } from '../../../core/audit/ledger.ts'
import { openLogKey } from '../../../core/audit/keys.ts'
import { openForWriting, type OpenedLog } from '../../../core/audit/recover.ts'
import { parseVerifier } from '../../../core/audit/verify/note.ts'
import { BrokenLog, readLog } from '../../../core/audit/verify/reader.ts'
import { leafHash } from '../../../core/audit/verify/tree.ts'
import { RecordView } from '../../../core/audit/verify/view.ts'
import { verifierText, type SigningKey } from '../../../core/audit/note.ts'
import { verifyLog } from '../../../core/audit/verify/verify.ts'
import { Random } from './random.ts'
import { mount, PowerCut, simulated } from './system.ts'
import { Volume, type Fault } from './volume.ts'

const folder = `${simulated}/audit`
const headFile = `${folder}/head`

export interface Told {
  /** What is wrong; null where all rules held. */
  readonly wrong: string | null
  readonly acknowledged: number
  readonly faulted: boolean
  /** True where the log was not opened again: it is right to refuse one whose acknowledged end a broken disk lost. */
  readonly refused: boolean
}

/** What was acknowledged: leaf hashes, hex, by their index; and the last note. */
class Memory {
  readonly hashes = new Map<number, string>()
  note: string | null = null
  /** False where a commit was acknowledged after one that failed. */
  isPoisoned = true
}

/** A log that was begun and closed in order, to begin each story with. */
export function freshVolume (): Volume {
  const volume = new Volume(0)
  mount(volume)
  const opened = open(null)
  append(opened, new Memory(), new Random(0), 2)
  return volume
}

export function tell (fresh: Volume, seed: number, ignoresSync: boolean): Told {
  try {
    return live(fresh, seed, ignoresSync)
  } catch (thrown) {
    return { wrong: thrown instanceof Error ? thrown.message : String(thrown), acknowledged: 0, faulted: false, refused: true }
  }
}

function live (fresh: Volume, seed: number, ignoresSync: boolean): Told {
  const random = new Random(seed)
  const volume = fresh.copy(seed, ignoresSync)
  volume.isDirect = random.chance(0.8)
  const memory = new Memory()
  mount(volume)
  const faults: Fault[] = random.chance(0.6) ? ['cut'] : ['EIO', 'ENOSPC', 'short', 'cut']
  strike(volume, random, faults, () => { write(memory, random) })
  const survives = random.chance(0.5) // the gateway, and with it the last note it was given
  for (let recoveries = random.below(3); recoveries > 0; recoveries--) {
    volume.powerUp()
    mount(volume)
    strike(volume, random, ['cut'], () => { write(memory, random) })
  }
  if (random.chance(0.5)) volume.powerUp()
  mount(volume)
  volume.plan = null
  return judge(volume, memory, survives)
}

/** Runs it until the planned fault ends it. What it throws beside that is a fault of the log. */
function strike (volume: Volume, random: Random, faults: readonly Fault[], run: () => void): void {
  volume.calls = 0
  volume.plan = { call: random.below(random.chance(0.2) ? 60 : 25), fault: faults[random.below(faults.length)] ?? 'cut' }
  try {
    run()
  } catch (thrown) {
    if (!volume.faulted) throw thrown
  }
}

let known: SigningKey | null = null

/** All stories begin with one volume, and so have one key. */
function keyOf (): SigningKey {
  known ??= openLogKey(folder)
  return known
}

function open (note: string | null): OpenedLog {
  const key = keyOf()
  const floors = [readHead(headFile, key.origin), note === null ? null : floorOf(note, key.origin, 'the gateway')].filter(floor => floor !== null)
  return openForWriting(folder, key, { boot: 'b', floors })
}

function write (memory: Memory, random: Random): void {
  const opened = open(random.chance(0.5) ? memory.note : null)
  for (let frames = 1 + random.below(8); frames > 0; frames--) {
    append(opened, memory, random, 1 + random.below(4))
    if (random.chance(0.3) && memory.note !== null) writeHead(headFile, memory.note)
  }
}

const large = 30_000

/** One frame. Only what the commit returned is acknowledged. */
function append ({ ledger }: OpenedLog, memory: Memory, random: Random, count: number): void {
  const isLarge = random.chance(0.002)
  const bytes = isLarge ? large : 20 + random.below(700)
  for (let left = isLarge ? 40 : count; left > 0 && !ledger.isFull; left--) {
    const refusal = ledger.add(ledger.size + 1, Buffer.from(canonicalize({ event: 'policy_load', id: randomUUID(), kind: 'system', text: 'x'.repeat(bytes) })))
    if (refusal !== null) throw new Error(refusal.why)
  }
  const { entries, note } = commit(ledger, memory)
  for (const [, index, hash] of entries) memory.hashes.set(index, hash)
  memory.note = note
}

/** A commit that failed must fail again, whatever the disk does then. */
function commit (ledger: Ledger, memory: Memory): Committed {
  try {
    return ledger.commit()
  } catch (thrown) {
    if (!(thrown instanceof PowerCut) && !fails(() => ledger.commit())) memory.isPoisoned = false
    throw thrown
  }
}

function fails (act: () => unknown): boolean {
  try {
    act()
    return false
  } catch {
    return true
  }
}

function judge (volume: Volume, memory: Memory, survives: boolean): Told {
  const told = { acknowledged: memory.hashes.size, faulted: volume.faulted, refused: false }
  try {
    const opened = open(survives ? memory.note : null)
    append(opened, memory, new Random(1), 1)
  } catch (thrown) {
    if (thrown instanceof PowerCut) throw thrown
    const why = thrown instanceof Error ? thrown.message : String(thrown)
    return { ...told, refused: true, wrong: thrown instanceof BrokenLog ? `the log was not opened again: ${why}` : why }
  }
  const lost = memory.isPoisoned ? lostOf(memory) : 'a record was acknowledged after a commit that failed'
  if (lost !== null) return { ...told, wrong: lost }
  const { result, broken } = verifyLog(folder, [parseVerifier(verifierText(keyOf()))])
  return { ...told, wrong: result === 'INTACT-FILE' ? null : `${broken?.what ?? ''} (${broken?.where ?? ''})` }
}

function lostOf (memory: Memory): string | null {
  const found = new Map<number, string>()
  for (const piece of readLog(folder)) {
    if (piece.kind === 'frame') for (const leaf of piece.leaves) found.set(new RecordView(leaf).index, leafHash(leaf).toString('hex'))
  }
  for (const [index, hash] of memory.hashes) if (found.get(index) !== hash) return `record ${index} was acknowledged and is ${found.has(index) ? 'another' : 'not there'}`
  return null
}

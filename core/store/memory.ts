/** The store of one instance: what is counted and claimed lives and ends with the process. */
import type { Store } from './contract.ts'
import { MemoryCounters } from './counters.ts'
import { MemoryReplay } from './replay.ts'

/** @param nowMs a clock of the day: calendar periods end by it */
export function openMemoryStore (nowMs: () => number): Store {
  return {
    counters: new MemoryCounters(nowMs),
    replay: new MemoryReplay(nowMs),
    hints: { tell: () => {}, listen: () => {} }, // there is nobody else
    ready: () => true,
    close: async () => {}
  }
}

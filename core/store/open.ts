/** Opens the store that the configuration names. */
import type { Logger } from 'pino'
import type { StoreConfig } from '../config/types.ts'
import type { Store } from './contract.ts'
import { openMemoryStore } from './memory.ts'

/** How long a start waits for a store that is just coming up. */
const patienceMs = 2500

/** Loads the client of Redis only where one is configured. A store that is away does not keep the gateway from starting. */
export async function openStore (config: StoreConfig | null, log: Logger, nowMs: () => number): Promise<Store> {
  if (config === null) return openMemoryStore(nowMs)
  const { openRedisStore } = await import('./redis/store.ts')
  const store = openRedisStore(config.redis, log, nowMs)
  await untilReady(store)
  return store
}

async function untilReady (store: Store): Promise<void> {
  const endMs = performance.now() + patienceMs
  while (!store.ready() && performance.now() < endMs) await new Promise(resolve => setTimeout(resolve, 10))
}

/** The store that several gateways share. */
import type { Logger } from 'pino'
import type { RedisConfig } from '../../config/types.ts'
import type { Store } from '../contract.ts'
import { openRedis } from './client.ts'
import { RedisCounters, renewLeasesMs } from './counters.ts'
import { RedisHints } from './hints.ts'
import { Link } from './link.ts'
import { RedisReplay } from './replay.ts'

/** Opens it without waiting for Redis: until it can be asked, every demand is refused. */
export function openRedisStore (config: RedisConfig, log: Logger, nowMs: () => number): Store {
  const client = openRedis(config, error => { log.debug({ error }, 'a connection to the store failed') })
  const isReady = (): boolean => link.isReady
  const counters = new RedisCounters(client.commands, config.prefix, isReady, nowMs)
  const replay = new RedisReplay(client.commands, config.prefix, isReady, nowMs)
  const link = new Link(client, {
    restore: async () => {
      log.warn('the store has lost what it held: this gateway restores its share')
      await Promise.all([counters.restore(), replay.restore()])
    },
    resume: async () => { await counters.resume() },
    changed: ready => { log[ready ? 'info' : 'warn'](ready ? 'the store can be asked' : 'the store cannot be asked') }
  })
  const renewal = setInterval(() => { counters.renewLeases().catch(() => {}) }, renewLeasesMs).unref() // a lease that is not renewed ends
  return {
    counters,
    replay,
    hints: new RedisHints(client, config.prefix),
    ready: isReady,
    close: async () => {
      clearInterval(renewal)
      link.close()
      await client.close()
    }
  }
}

/** What must hold of the store's URL, which is a secret: no fault tells it. */
import { at } from './document.ts'
import type { Faults } from './faults.ts'
import { isLoopbackName } from './rules.ts'
import type { Secrets } from './secrets.ts'

const path = ['store', 'redis', 'url']

export function checkStore (document: unknown, secrets: Secrets, faults: Faults): void {
  const text = secrets.textAt(path)
  if (text === '') return // left out, or told already
  const urls = text.split(',').map(url => url.trim())
  if (!urls.every(url => /^rediss?:\/\//.test(url) && URL.canParse(url))) {
    faults.add('GW_CONFIG_INVALID', path, 'url refers to something that is no Redis URL', 'write it as rediss://user:password@host:6379')
  } else if (at(document, ['store', 'redis', 'allow_plaintext']) !== true && urls.some(isPlainAbroad)) {
    faults.add('GW_CONFIG_PLAINTEXT', path, 'plain redis beyond loopback', 'use rediss://, or say allow_plaintext: true beside it')
  }
  if (urls.length > 1 && at(document, ['store', 'redis', 'cluster']) !== true) {
    faults.add('GW_CONFIG_UNSAFE', path, 'several URLs, but not of a cluster', 'say cluster: true beside it, or name one node')
  }
}

function isPlainAbroad (url: string): boolean {
  return url.startsWith('redis://') && !isLoopbackName(new URL(url).hostname)
}

/** How this program was called, for the commands it prints. */
import { basename, sep } from 'node:path'
import { shortPath } from './faults.ts'

/** `npx sallyport` in a project that depends on it, `node dist/core/main.js` in a clone, `sallyport` where it is on the path. */
export function program (called: string = process.argv[1] ?? ''): string {
  if (called.split(sep).includes('node_modules')) return 'npx sallyport'
  return basename(called) === 'main.js' ? `node ${shortPath(called)}` : 'sallyport'
}

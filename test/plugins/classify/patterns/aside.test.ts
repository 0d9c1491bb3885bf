import t from 'tap'
import { detectors } from '../../../../plugins/classify/patterns/detectors/index.ts'
import { prepareDetection } from '../../../../plugins/classify/patterns/detection.ts'
import { Aside, isLong, longPrompt } from '../../../../plugins/classify/patterns/aside/thread.ts'
import { scanLeaves } from '../../../../plugins/classify/patterns/prompt.ts'
import { leavesOf } from '../external/asking.ts'

const signal = new AbortController().signal
const isLongRun = process.env['SALLYPORT_LONG'] !== undefined
if (isLongRun) t.setTimeout(600_000)

t.test('a prompt is long by all of its texts together', async t => {
  t.notOk(isLong(leavesOf('a'.repeat(longPrompt - 1), 'b')))
  t.ok(isLong(leavesOf('a'.repeat(longPrompt), 'b')))
})

t.test('the thread finds what the stage finds, with detectors of one\'s own too', async t => {
  const aside = new Aside({ config: { custom: [{ label: 'a.b', patterns: ['EMP-\\d{4}'] }], allow: [{ values: ['jane@example.org'] }] }, folder: '/' })
  t.teardown(async () => { await aside.close() })
  const leaves = leavesOf('card 41111111', '11111111 and EMP-1234', `${'so it goes. '.repeat(3000)} jane@example.org joe@example.org`)
  const own = scanLeaves(leaves, prepareDetection(detectors, ['*'], 500))
  const all = await aside.scan(leaves, signal)
  t.strictSame(all.map(({ label }) => label).sort(), ['a.b', 'pci.credit_card', 'pci.credit_card', 'pii.email_address'])
  t.equal(own.length, 4)
})

t.test('the event loop goes on meanwhile', async t => {
  const aside = new Aside({ config: {}, folder: '/' })
  t.teardown(async () => { await aside.close() })
  await aside.scan(leavesOf('x'), signal)
  let turns = 0
  const timer = setInterval(() => { turns++ }, 1)
  await aside.scan(leavesOf('my number is 415-555-2671 and so on; '.repeat(60_000)), signal)
  clearInterval(timer)
  t.ok(turns > 5, `${turns} turns`)
})

t.test('who waits when the thread ends is denied, and the next one has another thread', async t => {
  const broken = new Aside({ config: { custom: [{ label: 'a.b', patterns: ['(x+)+y'] }] }, folder: '/' })
  await t.rejects(broken.scan(leavesOf('x'), signal), { code: 'GW_CLASSIFY_FAILED' })
  const aside = new Aside({ config: {}, folder: '/' })
  const waiting = aside.scan(leavesOf('x'.repeat(100_000)), signal)
  const denied = t.rejects(waiting, { code: 'GW_CLASSIFY_FAILED' })
  await aside.close()
  await denied
  t.strictSame(await aside.scan(leavesOf('x'), signal), [])
  await aside.close()
})

t.test('a request that is aborted waits no more', async t => {
  const aside = new Aside({ config: {}, folder: '/' })
  t.teardown(async () => { await aside.close() })
  const controller = new AbortController()
  const waiting = aside.scan(leavesOf('x'), controller.signal)
  controller.abort()
  await t.rejects(waiting, { code: 'GW_CLASSIFY_FAILED' })
  await t.rejects(aside.scan(leavesOf('x'), controller.signal))
})

t.test('64 MiB of one character are read without a throw', { skip: !isLongRun && 'a long run', timeout: 600_000 }, async t => {
  const aside = new Aside({ config: {}, folder: '/' })
  t.teardown(async () => { await aside.close() })
  for (const unit of ['a', '1', ' ', 'A', '%', '=', '@']) t.ok(Array.isArray(await aside.scan(leavesOf(unit.repeat(64 * 1024 * 1024)), signal)), unit)
})

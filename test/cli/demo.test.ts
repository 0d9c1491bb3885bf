import { execFile } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { gather, mainFile, run, start } from '../helpers/command.ts'
import { temporaryFolder, type Teardown } from '../helpers/folder.ts'

const shell = promisify(execFile)

interface RunningDemo { readonly curls: readonly string[], readonly verifyLine: string, readonly stderr: string, readonly stdout: () => string, end (): Promise<number | null> }

async function startDemo (t: Teardown, folder: string): Promise<RunningDemo> {
  const child = start(['demo', '--data', folder])
  t.teardown(() => { child.kill('SIGKILL') })
  const stderr = gather(child.stderr)
  const stdout = gather(child.stdout)
  const closed = new Promise<number | null>((resolve) => { child.once('close', resolve) })
  await new Promise<void>((resolve, reject) => {
    child.stderr?.on('data', () => { if (stderr().includes('audit verify')) resolve() })
    child.once('close', () => { reject(new Error(`the demo ended early:\n${stderr()}`)) })
  })
  const lines = stderr().split('\n')
  return {
    curls: lines.filter((line) => line.startsWith('curl ')),
    verifyLine: lines.find((line) => line.includes(' audit verify ')) ?? '',
    stderr: stderr(),
    stdout,
    end: async () => {
      child.kill('SIGINT')
      return await closed
    }
  }
}

/** Runs a printed line as a person would: pasted into a shell. */
async function paste (line: string): Promise<string> {
  return (await shell('sh', ['-c', line])).stdout
}

t.test('the demo tells its three stories, and its records verify', async (t) => {
  const folder = join(temporaryFolder(t), 'demo')
  const demo = await startDemo(t, folder)
  const answers = await Promise.all(demo.curls.map(async (line) => await paste(line)))

  await t.test('it prints three requests, each on one line', async (t) => {
    t.equal(demo.curls.length, 3)
  })
  await t.test('the first is permitted and answered', async (t) => {
    t.match(answers[0], /^HTTP\/1\.1 200 /)
    t.match(answers[0], /^sallyport-decision: permit\r$/m)
    t.match(answers[0], /The demo model received: Explain in one sentence what a sally port is\./)
  })
  await t.test('the second is redacted: the model never saw the address', async (t) => {
    t.match(answers[1], /^sallyport-decision: redact\r$/m)
    t.match(answers[1], /The demo model received: Write to /)
    t.notMatch(answers[1], /grace\.hopper/)
  })
  await t.test('the third is denied', async (t) => {
    t.match(answers[2], /^HTTP\/1\.1 403 /)
    t.match(answers[2], /^sallyport-decision: deny\r$/m)
    t.match(answers[2], /GW_POLICY_DENIED/)
  })
  await t.test('the verify line it prints works while it runs', async (t) => {
    t.ok(demo.verifyLine.includes(mainFile) || demo.verifyLine.includes('dist/core/main.js'))
    t.match(await paste(demo.verifyLine), /intact/i)
  })
  await t.test('an interrupt drains it and it exits 0', async (t) => {
    t.equal(await demo.end(), 0)
  })
  await t.test('standard output stays free of banners', async (t) => {
    t.notMatch(demo.stdout(), 'curl')
  })
  await t.test('the records stay, and verify without the gateway', async (t) => {
    t.match(await run(['audit', 'verify', join(folder, 'audit'), '--key', join(folder, 'verifier.key'), '--json']), { code: 0 })
  })
})

t.test('a second demo goes on with the records of the first', async (t) => {
  const folder = join(temporaryFolder(t), 'demo')
  const first = await startDemo(t, folder)
  await paste(first.curls[0] ?? '')
  await first.end()
  const second = await startDemo(t, folder)
  await paste(second.curls[0] ?? '')
  const shown = await run(['audit', 'show', join(folder, 'audit'), '--json'])
  const decisions = shown.stdout.split('\n').filter((line) => line.includes('"kind":"decision"'))
  t.equal(decisions.length, 2)
  t.equal(await second.end(), 0)
})

t.test('where its ports are taken it takes others', async (t) => {
  const squatter = createServer()
  await new Promise<void>((resolve) => { squatter.once('error', () => { resolve() }).listen(8080, '127.0.0.1', resolve) })
  t.teardown(() => { squatter.close() })
  const taken = squatter.listening ? (squatter.address() as AddressInfo).port : 8080
  const demo = await startDemo(t, join(temporaryFolder(t), 'demo'))
  t.notMatch(demo.curls[0], `127.0.0.1:${taken}/`)
  t.match(await paste(demo.curls[0] ?? ''), /^HTTP\/1\.1 200 /)
  await demo.end()
})

t.test('the demo leaves a folder alone that holds something else', async (t) => {
  const folder = temporaryFolder(t)
  writeFileSync(join(folder, 'mine.txt'), 'mine')
  t.match(await run(['demo', '--data', folder]), { code: 2, stderr: /holds something that is no demo/ })
  t.notOk(existsSync(join(folder, 'policy')))
})

import t from 'tap'
import { spawn } from 'node:child_process'
import { commands } from '../../core/cli/commands.ts'
import { packageVersion } from '../../core/package.ts'
import { mainFile, run } from '../helpers/command.ts'

t.test('--version prints the version of the package', async (t) => {
  t.match(await run(['--version']), { code: 0, stdout: `${packageVersion}\n`, stderr: '' })
})

t.test('--help lists every command', async (t) => {
  const { code, stdout } = await run(['--help'])
  t.equal(code, 0)
  for (const { name } of commands) t.match(stdout, `sallyport ${name} `)
})

t.test('no command at all is a usage error, told on standard error', async (t) => {
  const { code, stdout, stderr } = await run([])
  t.same([code, stdout], [2, ''])
  t.match(stderr, 'sallyport start')
})

t.test('a command that does not exist is named', async (t) => {
  const { code, stderr } = await run(['dance'])
  t.equal(code, 2)
  t.match(stderr, "there is no command 'dance'")
})

t.test('a group alone lists its commands and no others', async (t) => {
  const { code, stderr } = await run(['audit'])
  t.equal(code, 2)
  t.match(stderr, 'audit verify')
  t.notMatch(stderr, 'policy test')
})

t.test('the help of a group is no error', async (t) => {
  const { code, stdout } = await run(['policy', '--help'])
  t.equal(code, 0)
  t.match(stdout, 'policy test')
})

t.test('a word that a group does not know is named with the group', async (t) => {
  const { code, stderr } = await run(['audit', 'burn'])
  t.equal(code, 2)
  t.match(stderr, "there is no command 'audit burn'")
})

for (const entry of commands) {
  const words = entry.name.split(' ')

  t.test(`${entry.name} --help fits a screen, has an example and names every option`, async (t) => {
    const { code, stdout } = await run([...words, '--help'])
    t.equal(code, 0)
    t.ok(stdout.startsWith(`usage: sallyport ${entry.name}`))
    t.match(stdout, /^example: sallyport /m)
    t.ok(stdout.split('\n').length <= 24)
    const { command } = await entry.load()
    for (const option of Object.keys(command.options)) t.match(stdout, `--${option}`)
  })

  t.test(`${entry.name} refuses an option it does not know`, async (t) => {
    const { code, stdout, stderr } = await run([...words, '--no-such-option'])
    t.same([code, stdout], [2, ''])
    t.match(stderr, '--no-such-option')
    t.match(stderr, `sallyport ${entry.name} --help`)
  })
}

t.test('a command without what it needs says how it is used', async (t) => {
  t.match(await run(['init']), { code: 2, stderr: /something is missing/ })
})

t.test('a command with a word too many names it', async (t) => {
  t.match(await run(['start', 'now']), { code: 2, stderr: /'now' is one word too many/ })
})

t.test('a reader that goes away early is no fault', async (t) => {
  const child = spawn(process.execPath, [mainFile, '--help'], { stdio: ['ignore', 'pipe', 'pipe'] })
  child.stdout.destroy()
  let complaint = ''
  child.stderr.on('data', (chunk: Buffer) => { complaint += chunk.toString() })
  const code = await new Promise((resolve) => child.once('close', resolve))
  t.same([code, complaint], [0, ''])
})

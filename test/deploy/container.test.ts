/** The container file: linted, its files put together as it says, and built and run where a container runtime is at hand. */
import t from 'tap'
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { validate } from 'dockerfile-utils'
import { packageFile, packageVersion } from '../../core/package.ts'
import { temporaryFolder } from '../helpers/folder.ts'

const text = readFileSync(packageFile('deploy/Containerfile'), 'utf8')
/** Instructions without comments, continued lines joined. */
const instructions = text.replace(/^#.*\n/gm, '').replaceAll('\\\n', ' ').split('\n').filter(line => line !== '').map(line => {
  const [, name = '', words = ''] = /^(\S+)\s+(.*)$/.exec(line) ?? []
  return { name, words }
})
const last = (name: string): string => instructions.findLast(instruction => instruction.name === name)?.words ?? ''

t.test('the linter finds nothing', async t => {
  t.same(validate(text).map(({ message, range }) => `${range.start.line + 1}: ${message}`), [])
})

t.test('it runs as a user of its own, keeps its data on a volume, and starts without a shell, so that signals arrive', async t => {
  t.match(last('USER'), /^[1-9]\d{3,}:[1-9]\d{3,}$/, 'by number: orchestrators refuse root by it')
  t.equal(last('VOLUME'), '["/var/lib/sallyport"]')
  t.match(last('ENTRYPOINT'), /^\[/)
  t.match(last('CMD'), /^\[/)
  t.equal(last('STOPSIGNAL'), 'SIGTERM')
  t.match(last('WORKDIR'), '/opt/sallyport')
})

t.test('its base images are of one exact version, one on which the package runs', async t => {
  const images = instructions.filter(({ name }) => name === 'FROM').map(({ words }) => words.split(' ')[0] ?? '')
  t.equal(new Set(images).size, 1)
  const [, major, minor] = /^node:(\d+)\.(\d+)\.\d+-/.exec(images[0] ?? '') ?? []
  const engines = (JSON.parse(readFileSync(packageFile('package.json'), 'utf8')) as { engines: { node: string } }).engines.node
  const [, leastMajor, leastMinor] = />=(\d+)\.(\d+)/.exec(engines) ?? []
  t.ok(Number(major) * 1000 + Number(minor) >= Number(leastMajor) * 1000 + Number(leastMinor))
})

/** What a COPY names, and where it goes. */
function copiesOf (words: string): Array<readonly [from: string, to: string]> {
  const names = words.split(' ').filter(word => !word.startsWith('--'))
  const to = names.pop() ?? ''
  return names.map(from => [from.replace(/^\/src\//, ''), to.endsWith('/') ? join(to, from.replace(/^\/src\//, '')) : to] as const)
}

t.test('all that it copies is there, and what the last stage holds is enough to run', async t => {
  const ignored = readFileSync(packageFile('.dockerignore'), 'utf8').split('\n')
  const folder = temporaryFolder(t)
  const from = instructions.findLastIndex(({ name }) => name === 'FROM')
  for (const [index, { words }] of instructions.entries()) {
    if (instructions[index]?.name !== 'COPY') continue
    for (const [source, target] of copiesOf(words)) {
      t.ok(existsSync(packageFile(source)), source)
      if (!words.startsWith('--from')) t.notOk(ignored.includes(source), `${source} is sent to the builder`)
      if (index < from) continue
      mkdirSync(dirname(join(folder, target)), { recursive: true })
      if (source === 'node_modules') symlinkSync(packageFile(source), join(folder, target))
      else cpSync(packageFile(source), join(folder, target), { recursive: true, filter: path => !path.endsWith('/var') })
    }
  }
  const run = (...words: string[]): { readonly status: number | null, readonly stdout: string, readonly stderr: string } => spawnSync(process.execPath, [join(folder, 'dist/core/main.js'), ...words], { encoding: 'utf8', env: { OPENAI_API_KEY: 'x' }, cwd: folder })
  t.match(run('--version'), { status: 0, stdout: packageVersion })
  t.match(run('init', 'starter'), { status: 0 })
  t.match(run('check', '--config', 'starter/sallyport.yaml'), { status: 0, stdout: /is accepted/ })
})

const runtime = ['docker', 'podman'].find(name => spawnSync(name, ['info']).status === 0)

if (runtime !== undefined) {
  t.test('the image is built, and refuses a folder that is no volume', { timeout: 900_000 }, async t => {
    const built = spawnSync(runtime, ['build', '-f', packageFile('deploy/Containerfile'), '-t', 'sallyport-test', packageFile('.')], { encoding: 'utf8' })
    t.equal(built.status, 0, built.stderr)
    t.match(spawnSync(runtime, ['run', '--rm', 'sallyport-test', '--version'], { encoding: 'utf8' }).stdout, packageVersion)
  })
}

/** What the demo prints: three requests to paste, and how to check what was recorded. */
import { demoModelName, type DemoFolder } from './folder.ts'

export interface DemoTale {
  /** What it shows. */
  readonly title: string
  readonly prompt: string
}

/** In the shape of a cloud access key, but nobody's. Assembled here so that scanners of sources stay calm. */
const inventedKey = ['AKIA', 'Q3RT5UVW7XYZ2ABC'].join('')

export const demoTales: readonly DemoTale[] = [
  { title: 'permit: nothing to hide', prompt: 'Explain in one sentence what a sally port is.' },
  { title: 'redact: the address never reaches the model', prompt: 'Write to grace.hopper@example.org and thank her for the talk.' },
  { title: 'deny: a secret never leaves', prompt: `Why is this key refused: ${inventedKey}` }
]

/** One request as one shell command on one line. */
export function curlOf (address: string, token: string, prompt: string): string {
  const body = JSON.stringify({ model: demoModelName, messages: [{ role: 'user', content: prompt }] })
  return `curl -sS -i ${address}/v1/chat/completions -H 'authorization: Bearer ${token}' -H 'content-type: application/json' -d '${body}'`
}

export interface BannerFacts {
  readonly address: string
  readonly adminAddress: string
  readonly demo: DemoFolder
  /** Tokens in the order of {@link demoTales}. */
  readonly tokens: readonly string[]
  /** How this program is called: `npx sallyport`, or `node dist/core/main.js` in a clone. */
  readonly program: string
  /** True where the folder's filesystem keeps no promise of durability. */
  readonly unsafeFilesystem: boolean
}

export function banner (facts: BannerFacts): string {
  const { demo, program } = facts
  const tales = demoTales.flatMap((tale, index) => [
    `# ${tale.title}`, curlOf(facts.address, facts.tokens[index] ?? '', tale.prompt), ''
  ])
  return [
    `sallyport demo listens on ${facts.address}, admin ${facts.adminAddress}`,
    `Everything it writes is in ${demo.folder}. Ctrl-C ends it.`,
    ...(facts.unsafeFilesystem ? ['This folder is on a filesystem without durable writes: its records would not survive a power cut.'] : []),
    '',
    ...tales,
    '# what was recorded, and that nobody changed it',
    `${program} audit show ${demo.audit}`,
    `${program} audit verify ${demo.audit} --key ${demo.verifierKey}`,
    ''
  ].join('\n')
}

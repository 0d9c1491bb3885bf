/** The shipped examples, run as they are but for addresses: their endpoints are pointed at scripted ones. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import { packageFile } from '../../core/package.ts'
import { run } from './command.ts'
import { temporaryFolder, type Teardown } from './folder.ts'
import { recordsOf, startHere, verify, type RunningGateway, type ShownRecord, type Verification } from './gateway.ts'
import type { Upstream } from './upstream.ts'

export interface RunningExample {
  readonly gateway: RunningGateway
  readonly configuration: string
  readonly data: string
  /** A token of the example's own development issuer, by `sallyport token`. */
  token (subject: string, role: string): Promise<string>
  recorded (answer: Response): Promise<{ readonly decision: ShownRecord['body'] | null, readonly outcome: ShownRecord['body'] | null }>
  verified (): Promise<Verification>
}

interface ExampleDocument {
  listen: string
  admin: string
  endpoints: Record<string, { url: string }>
  pipelines: Record<string, Array<{ plugin: string, config?: Record<string, unknown> }>>
}

/** Starts `examples/<name>` with these endpoints; every endpoint of the example must be given. */
export async function startExample (t: Teardown, name: string, endpoints: Readonly<Record<string, Upstream | { readonly url: string }>>): Promise<RunningExample> {
  const folder = copyExample(t, name)
  const configuration = join(folder, 'sallyport.yaml')
  const document = parse(readFileSync(configuration, 'utf8')) as ExampleDocument
  writeFileSync(configuration, stringify(onLoopback(document, endpoints)))
  const gateway = await startHere(t, configuration)
  const data = join(folder, 'var')
  return {
    gateway,
    configuration,
    data,
    token: async (subject, role) => await tokenOf(configuration, subject, role),
    recorded: async (answer) => await recordsOf(data, answer.headers.get('sallyport-decision-id') ?? ''),
    verified: async () => await verify(configuration, data)
  }
}

/** A copy of `examples/<name>` without what a run of it left behind. Answers the folder. */
export function copyExample (t: Teardown, name: string): string {
  const folder = temporaryFolder(t)
  const source = packageFile(`examples/${name}`)
  cpSync(source, folder, { recursive: true, filter: (path) => path !== join(source, 'var') })
  return folder
}

/** Free ports, scripted endpoints, and deadlines that a busy machine meets; everything else stays word for word. */
function onLoopback (document: ExampleDocument, endpoints: Readonly<Record<string, { readonly url: string }>>): ExampleDocument {
  const changed = structuredClone(document)
  changed.listen = '127.0.0.1:0'
  changed.admin = '127.0.0.1:0'
  for (const [id, endpoint] of Object.entries(changed.endpoints)) endpoint.url = endpoints[id]?.url ?? failMissing(id)
  for (const stage of Object.values(changed.pipelines).flat()) Object.assign(stage, patient(stage))
  return changed
}

function failMissing (id: string): never {
  throw new Error(`the test gives no endpoint for ${id}`)
}

function patient (stage: { readonly plugin: string, readonly config?: Record<string, unknown> }): object {
  const deadlines: Readonly<Record<string, string>> = { 'policy.rego': '2s', 'audit.commit': '5s' }
  const deadline = deadlines[stage.plugin]
  return deadline === undefined ? stage : { ...stage, config: { ...stage.config, deadline } }
}

async function tokenOf (configuration: string, subject: string, role: string): Promise<string> {
  const { code, stdout, stderr } = await run(['token', '--config', configuration, '--subject', subject, '--role', role])
  if (code !== 0) throw new Error(`token ended with ${String(code)}: ${stderr}`)
  return stdout.trim()
}

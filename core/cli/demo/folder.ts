/** The demo's folder: a configuration, a policy and the gateway's data, all in one place that can be looked at. */
import { cpSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { stringify } from 'yaml'
import { packageFile } from '../../package.ts'
import { UsageError } from '../command.ts'

export const demoIssuer = 'https://issuer.demo.localhost'
export const demoAudience = 'sallyport-demo'
export const demoModelName = 'demo-model'

export interface DemoParts {
  readonly listenPort: number
  readonly adminPort: number
  /** The demo model endpoint. */
  readonly modelUrl: string
}

export interface DemoFolder {
  /** Absolute. */
  readonly folder: string
  readonly configuration: string
  readonly audit: string
  /** The file that `audit verify --key` takes. */
  readonly verifierKey: string
}

/**
 * Names the parts of a demo folder. Throws {@link UsageError} for a folder that holds something else.
 * @param path may be missing, empty, or the folder of an earlier demo, whose records are kept
 */
export function openDemoFolder (path: string): DemoFolder {
  const folder = resolve(path)
  const configuration = join(folder, 'sallyport.yaml')
  const isTaken = existsSync(folder) && readdirSync(folder).length > 0 && !existsSync(join(folder, 'demo'))
  if (isTaken) throw new UsageError(`${path} holds something that is no demo: name an empty folder with --data`)
  return { folder, configuration, audit: join(folder, 'audit'), verifierKey: join(folder, 'verifier.key') }
}

/** Writes configuration and policy. */
export function fillDemoFolder (demo: DemoFolder, parts: DemoParts): void {
  mkdirSync(demo.folder, { recursive: true })
  writeFileSync(join(demo.folder, 'demo'), 'The folder of `sallyport demo`: it may be deleted.\n')
  cpSync(packageFile('examples/quickstart/policy'), join(demo.folder, 'policy'), { recursive: true })
  writeFileSync(demo.configuration, `# Written by \`sallyport demo\` at every start.\n${stringify(demoConfiguration(parts))}`)
}

function demoConfiguration (parts: DemoParts): object {
  return {
    listen: `127.0.0.1:${parts.listenPort}`,
    admin: `127.0.0.1:${parts.adminPort}`,
    data: '.',
    log: { level: 'info', file: 'gateway.log' },
    endpoints: { demo: { provider: 'openai', url: parts.modelUrl, labels: { region: 'here' } } },
    models: { [demoModelName]: { family: 'demo', endpoints: ['demo'] } },
    pipelines: { default: demoStages() },
    routes: [{ path: '/v1/chat/completions', protocol: 'openai.chat', pipeline: 'default' }]
  }
}

/** A tmpfs keeps no promise of durability: the demo runs there all the same, and its banner and its log's records say so. */
function demoStages (): readonly object[] {
  const issuer = { issuer: demoIssuer, audience: demoAudience, algorithms: ['ES256'], development: true }
  return [
    { plugin: 'identity.jwt', config: { issuers: [issuer] } },
    { plugin: 'classify.patterns' },
    { plugin: 'policy.rego', config: { dir: './policy', deadline: '1s' } },
    { plugin: 'audit.commit', config: { allow_unsafe_filesystem: true, deadline: '2s', free_space: '16MiB' } },
    { plugin: 'route.models' },
    { plugin: 'response.filter' }
  ]
}

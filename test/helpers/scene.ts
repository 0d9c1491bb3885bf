/** What most stories start from: an issuer, a scripted endpoint, a gateway between them, and a token. */
import { join } from 'node:path'
import { writeConfiguration, type ConfigurationParts } from './configuration.ts'
import { temporaryFolder, type Teardown } from './folder.ts'
import { recordsOf, startHere, verify, type RunningGateway, type ShownRecord, type Verification } from './gateway.ts'
import { createIssuer, type TestIssuer } from './issuer.ts'
import { startUpstream, type Script, type Step, type Upstream } from './upstream.ts'

export interface Scene {
  readonly issuer: TestIssuer
  readonly upstream: Upstream
  readonly gateway: RunningGateway
  readonly configuration: string
  readonly data: string
  readonly token: string
  /** Decision and outcome of an answer, by its `sallyport-decision-id`. */
  recorded (answer: Response): Promise<{ decision: Body, outcome: Body | null }>
  /** What `audit verify` says of the log so far. */
  verified (): Promise<Verification>
}

type Body = ShownRecord['body']

export interface SceneOptions extends Partial<Omit<ConfigurationParts, 'issuer'>> {
  readonly script?: Script | Step
  /** How the one endpoint is addressed; default: `openai`. */
  readonly provider?: string
  /** Runs when the configuration is written and the gateway not yet started. */
  readonly before?: (configuration: string) => void
}

/** Starts everything in this process; all of it ends with the test. */
export async function openScene (t: Teardown, options: SceneOptions = {}): Promise<Scene> {
  const issuer = await createIssuer()
  const upstream = await startUpstream(t, options.script)
  const folder = temporaryFolder(t)
  const { script: _script, before, provider = 'openai', ...parts } = options
  const configuration = writeConfiguration(folder, { endpoints: { main: { provider, url: upstream.url } }, ...parts, issuer })
  before?.(configuration)
  const data = join(folder, 'data')
  return {
    issuer,
    upstream,
    configuration,
    data,
    gateway: await startHere(t, configuration),
    token: await issuer.sign(),
    recorded: async answer => {
      const { decision, outcome } = await recordsOf(data, answer.headers.get('sallyport-decision-id') ?? '')
      if (decision === null) throw new Error('the answer has no decision on record')
      return { decision, outcome }
    },
    verified: async () => await verify(configuration, data)
  }
}

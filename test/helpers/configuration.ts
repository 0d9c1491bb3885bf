/** Writes the configuration that most tests start from: one issuer, one pipeline with all six stages, one chat route. */
import { join } from 'node:path'
import { writeFiles } from './folder.ts'
import type { TestIssuer } from './issuer.ts'
import type { Upstream } from './upstream.ts'

export interface ConfigurationParts {
  readonly issuer: TestIssuer
  /** By id: a scripted endpoint, or an endpoint's configuration word for word. */
  readonly endpoints: Readonly<Record<string, Upstream | Readonly<Record<string, unknown>>>>
  /** Default: `test-model`, all endpoints in their order. */
  readonly models?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  /** Rego files by name. Default: {@link defaultPolicy}. */
  readonly policy?: Readonly<Record<string, string>>
  /** Changes the stages of the pipeline `default`. */
  readonly stages?: (stages: readonly StageDocument[]) => readonly unknown[]
  /** Default: the chat route. */
  readonly routes?: ReadonlyArray<Readonly<Record<string, unknown>>>
  /** Further top-level keys, which win. */
  readonly extra?: Readonly<Record<string, unknown>>
}

export interface StageDocument { readonly plugin: string, readonly config?: Readonly<Record<string, unknown>> }

/** Everybody may go everywhere; secrets never leave; whatever is `pii` is replaced. */
export const defaultPolicy = `package gateway.policy.test

permit contains {"id": "everyone", "endpoints": endpoints} if {
  endpoints := {id | some id, _ in data.gateway.endpoints}
}

forbid contains {"code": "secret_found"} if {
  some label, _ in input.classification.labels
  startswith(label, "secret.")
}

redact contains {"labels": ["pii.*"], "operator": "replace"}
`

/** Writes `sallyport.json`, `jwks.json` and `policy/` into `folder`; answers the configuration's path. */
export function writeConfiguration (folder: string, parts: ConfigurationParts): string {
  parts.issuer.writeKeys(folder)
  const policy = parts.policy ?? { 'test.rego': defaultPolicy }
  writeFiles(join(folder, 'policy'), policy)
  writeFiles(folder, { 'sallyport.json': configurationDocument(parts) })
  return join(folder, 'sallyport.json')
}

/** The document that {@link writeConfiguration} writes. */
export function configurationDocument (parts: ConfigurationParts): Record<string, unknown> {
  const stages = parts.stages ?? ((all) => all)
  return {
    listen: '127.0.0.1:0',
    admin: '127.0.0.1:0',
    data: './data',
    endpoints: Object.fromEntries(Object.entries(parts.endpoints).map(([id, endpoint]) => [id, endpointDocument(endpoint)])),
    models: parts.models ?? { 'test-model': { endpoints: Object.keys(parts.endpoints) } },
    pipelines: { default: stages(defaultStages(parts.issuer)) },
    routes: parts.routes ?? [{ path: '/v1/chat/completions', protocol: 'openai.chat', pipeline: 'default' }],
    ...parts.extra
  }
}

function endpointDocument (endpoint: Upstream | Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return isUpstream(endpoint) ? { provider: 'openai', url: endpoint.url } : endpoint
}

function isUpstream (endpoint: object): endpoint is Upstream {
  return 'requests' in endpoint && 'play' in endpoint
}

function defaultStages (issuer: TestIssuer): readonly StageDocument[] {
  return [
    { plugin: 'identity.jwt', config: { issuers: [issuerDocument(issuer)] } },
    { plugin: 'classify.patterns' },
    { plugin: 'policy.rego', config: { dir: './policy', deadline: '2s' } },
    { plugin: 'audit.commit', config: { deadline: '5s', free_space: '1MiB' } },
    { plugin: 'route.models' },
    { plugin: 'response.filter' }
  ]
}

/** The entry of `identity.jwt` that trusts a test issuer, keys beside the configuration. */
export function issuerDocument (issuer: TestIssuer): Readonly<Record<string, unknown>> {
  return { issuer: issuer.issuer, audience: 'sallyport', algorithms: [issuer.algorithm], jwks_file: 'jwks.json' }
}

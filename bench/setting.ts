/** The configuration under test: all six stages, as an operator would write them. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'

const issuer = 'https://idp.bench.example'

/** Writes `jwks.json`; answers a maker of tokens. */
export async function benchIssuer (folder: string): Promise<() => Promise<string>> {
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true })
  writeFileSync(join(folder, 'jwks.json'), JSON.stringify({ keys: [{ ...await exportJWK(publicKey), kid: 'bench', alg: 'ES256' }] }))
  return async () => await new SignJWT({ tenant: 'acme', roles: ['clinician'] })
    .setProtectedHeader({ alg: 'ES256', kid: 'bench' })
    .setIssuer(issuer).setAudience('sallyport').setSubject('u-17').setIssuedAt().setExpirationTime('1h')
    .sign(privateKey)
}

const policy = `package gateway.policy.bench

permit contains {"id": "clinicians", "endpoints": ["main"]} if "clinician" in input.subject.roles

forbid contains {"code": "secret_found"} if {
  some label, _ in input.classification.labels
  startswith(label, "secret.")
}

redact contains {"labels": ["pii.*"], "operator": "replace"}
`

export function writeBenchConfiguration (folder: string, endpoint: string): string {
  mkdirSync(join(folder, 'policy'))
  writeFileSync(join(folder, 'policy/bench.rego'), policy)
  const file = join(folder, 'sallyport.json')
  writeFileSync(file, JSON.stringify({
    listen: '127.0.0.1:0',
    admin: '127.0.0.1:0',
    data: './data',
    log: { level: 'warn' },
    endpoints: { main: { provider: 'openai', url: `${endpoint}/v1` } },
    models: { 'bench-model': { endpoints: ['main'] } },
    pipelines: {
      default: [
        { plugin: 'identity.jwt', config: { issuers: [{ issuer, audience: 'sallyport', algorithms: ['ES256'], jwks_file: 'jwks.json' }] } },
        { plugin: 'classify.patterns' },
        { plugin: 'policy.rego', config: { dir: './policy', deadline: '1s' } },
        { plugin: 'audit.commit', config: { deadline: '2s' } },
        { plugin: 'route.models' },
        { plugin: 'response.filter' }
      ]
    },
    routes: [{ path: '/v1/chat/completions', protocol: 'openai.chat', pipeline: 'default' }]
  }, null, 2))
  return file
}

/** Every configuration on the page about identity is accepted as it stands there. */
import t from 'tap'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { checkConfiguration } from '../../core/config/check.ts'
import { packageFile } from '../../core/package.ts'
import { createAuthority } from '../helpers/certificates.ts'
import { configurationDocument, defaultPolicy } from '../helpers/configuration.ts'
import { temporaryFolder, writeFiles } from '../helpers/folder.ts'
import { createIssuer } from '../helpers/issuer.ts'

const text = readFileSync(packageFile('docs/identity.md'), 'utf8')
const blocks = [...text.matchAll(/^```yaml\n(.*?)^```/gms)].map(([, block = '']) => parse(block) as unknown)
const issuer = await createIssuer()
process.env['DIRECTORY_TOKEN'] = 'token'

t.ok(blocks.length >= 8, `${blocks.length} configurations`)

for (const [index, block] of blocks.entries()) {
  t.test(`configuration ${index + 1}: ${JSON.stringify(block).slice(0, 60)}`, async t => {
    const folder = temporaryFolder(t)
    const { certificate, key } = createAuthority(join(folder, 'made'))
    writeFiles(folder, { 'policy/test.rego': defaultPolicy, 'server.pem': certificate, 'server.key': key, 'clients.pem': certificate })
    const base = configurationDocument({ issuer, endpoints: { main: { provider: 'openai', url: 'https://model.example/v1' } }, extra: { public_url: 'https://ai.example' } })
    const [, ...others] = (base['pipelines'] as { default: readonly unknown[] }).default
    const document = Array.isArray(block) ? { ...base, pipelines: { default: [...block as unknown[], ...others] } } : { ...base, ...block as object }
    writeFiles(folder, { 'sallyport.json': document })
    t.same((await checkConfiguration(join(folder, 'sallyport.json'))).faults, [])
  })
}

t.test('every identity plugin and every key of principals is on the page', async t => {
  for (const name of ['identity.jwt', 'identity.introspection', 'identity.mtls', 'identity.agent', 'identity.api_key', 'max_age', 'trusted_peers', 'client_certificate_header']) t.ok(text.includes(name), name)
})

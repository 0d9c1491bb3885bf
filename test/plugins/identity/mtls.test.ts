/** Who asks, by the certificate of the connection. The certificates are OpenSSL's. */
import t from 'tap'
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import identityMtls from '../../../plugins/identity/mtls/index.ts'
import type { IdentityMtlsConfig } from '../../../plugins/identity/mtls/config.ts'
import { createAuthority, type Certificate } from '../../helpers/certificates.ts'
import { temporaryFolder, type Teardown } from '../../helpers/folder.ts'
import { openPlugin, type Opened } from './parts.ts'

const folder = temporaryFolder(t)
const authority = createAuthority(join(folder, 'authority'), { subject: '/C=DE/O=Acme, Inc/CN=Acme Client Authority' })
const workload = authority.issue({ subject: '/CN=batch', names: ['URI:spiffe://acme.example/team/batch', 'DNS:batch.acme.example'] })

async function open (t: Teardown, config: IdentityMtlsConfig = {}): Promise<Opened> {
  return await openPlugin(t, identityMtls, config, { folder })
}

function chainOf (...certificates: readonly Certificate[]) {
  return { certificates: certificates.map(({ der }) => der) }
}

t.test('a workload with a SPIFFE ID is a service of its trust domain', async t => {
  const expires = Date.parse(new Date(Date.now() + 30 * 86_400_000).toISOString())
  const principal = await (await open(t)).ask(chainOf(workload, authority))
  t.match(principal, {
    type: 'service', issuer: 'spiffe://acme.example', subject: 'spiffe://acme.example/team/batch', tenant: null, roles: [], groups: [], method: 'mtls', confirmation: `x5t#S256:${workload.thumbprint}`, actors: []
  })
  t.ok(typeof principal === 'object' && Math.abs((principal.expiresMs ?? 0) - expires) < 60_000)
})

t.test('without a certificate there is no credential', async t => {
  t.equal(await (await open(t)).ask({}), 'GW_IDENTITY_MISSING')
})

t.test('the subject is the first kind of name that the certificate has, in the order configured', async t => {
  const all = authority.issue({ subject: '/O=Acme/OU=Research/CN=kim', names: ['DNS:kim.acme.example', 'email:kim@acme.example'] })
  const cases: ReadonlyArray<[IdentityMtlsConfig, string]> = [
    [{}, 'kim.acme.example'],
    [{ subject: ['email', 'dns'] }, 'kim@acme.example'],
    [{ subject: ['subject'] }, 'CN=kim,OU=Research,O=Acme'],
    [{ subject: ['uri', 'subject'] }, 'CN=kim,OU=Research,O=Acme']
  ]
  for (const [config, subject] of cases) t.match(await (await open(t, config)).ask(chainOf(all)), { subject, issuer: 'CN=Acme Client Authority,O=Acme\\, Inc,C=DE' })
})

t.test('a certificate without a name of the kinds that are taken is refused', async t => {
  t.equal(await (await open(t, { subject: ['email'] })).ask(chainOf(workload)), 'GW_IDENTITY_INVALID')
})

t.test('several names of one kind are nobody, unless the map fits one of them alone', async t => {
  const two = authority.issue({ names: ['DNS:a.acme.example', 'DNS:b.other.example'] })
  t.equal(await (await open(t)).ask(chainOf(two)), 'GW_IDENTITY_INVALID')
  t.match(await (await open(t, { map: [{ match: '*.acme.example', tenant: 'acme' }] })).ask(chainOf(two)), { subject: 'a.acme.example', tenant: 'acme' })
  t.equal(await (await open(t, { map: [{ match: '**', tenant: 'acme' }] })).ask(chainOf(two)), 'GW_IDENTITY_INVALID')
})

t.test('the first entry of the map that matches says tenant, roles, groups and type', async t => {
  const stage = await open(t, {
    map: [
      { match: 'spiffe://acme.example/team/*', tenant: 'acme', roles: ['batch', 'audit'], groups: ['g'], type: 'agent' },
      { match: 'spiffe://acme.example/**', tenant: 'other' }
    ]
  })
  t.match(await stage.ask(chainOf(workload)), { tenant: 'acme', roles: ['audit', 'batch'], groups: ['g'], type: 'agent' })
})

t.test('in a map, * stays within a path segment and ** crosses', async t => {
  const matches = async (match: string): Promise<boolean> => typeof await (await open(t, { map: [{ match, tenant: 'acme' }] })).ask(chainOf(workload)) === 'object'
  for (const match of ['spiffe://acme.example/team/*', 'spiffe://acme.example/**', 'spiffe://*/team/batch', '**', 'spiffe://acme.example/*/batch']) t.ok(await matches(match), match)
  for (const match of ['spiffe://acme.example/*', '*', 'spiffe://acme.example', 'spiffe://acme.example/team/', 'spiffe://acmeXexample/team/batch', 'SPIFFE://acme.example/**']) t.notOk(await matches(match), match)
})

t.test('a certificate that no entry of the map matches is refused', async t => {
  t.equal(await (await open(t, { map: [{ match: 'spiffe://other.example/**', tenant: 'acme' }] })).ask(chainOf(workload)), 'GW_IDENTITY_UNTRUSTED_ISSUER')
})

t.test('the fence holds for what the map gives', async t => {
  const map = [{ match: '**', tenant: 'acme', roles: ['batch', 'root'] }]
  t.match(await (await open(t, { map, roles_allowed: ['batch'] })).ask(chainOf(workload)), { roles: ['batch'] })
  t.equal(await (await open(t, { map, tenants: ['globex'] })).ask(chainOf(workload)), 'GW_IDENTITY_TENANT')
  t.equal(await (await open(t, { map, tenant: 'globex' })).ask(chainOf(workload)), 'GW_IDENTITY_TENANT')
})

t.test('a certificate beside another credential is a conflict', async t => {
  const stage = await open(t)
  t.equal(await stage.ask({ ...chainOf(workload), authorization: ['Bearer x'] }), 'GW_IDENTITY_CONFLICT')
  t.equal(await stage.ask({ ...chainOf(workload), apiKeys: ['k'] }), 'GW_IDENTITY_CONFLICT')
  t.equal(await stage.ask({ authorization: ['Bearer x'] }), 'GW_IDENTITY_UNTRUSTED_ISSUER')
})

t.test('an explanation names the steps, and the one that refused last', async t => {
  const { steps, result } = await (await open(t, { trust_domains: ['other.example'] })).explain(chainOf(workload))
  t.same(steps.map(({ step }) => step), ['presented', 'certificate', 'name'])
  t.match(result, { code: 'GW_IDENTITY_UNTRUSTED_ISSUER', detail: /trust_domains/ })
})

t.test('a revocation list', async t => {
  const revoked = authority.issue({ names: ['URI:spiffe://acme.example/revoked'] })
  const sub = authority.subordinate()
  const below = sub.issue({ names: ['URI:spiffe://acme.example/below'] })

  await t.test('refuses whom it names and nobody else', async t => {
    const stage = await open(t, { revoked: authority.revoke([revoked]) })
    t.equal(await stage.ask(chainOf(revoked, authority)), 'GW_IDENTITY_REVOKED')
    t.match(await stage.ask(chainOf(workload, authority)), { method: 'mtls' })
  })

  await t.test('is read as DER too', async t => {
    const pem = readFileSync(authority.revoke([revoked]), 'utf8')
    const der = join(folder, 'list.der')
    writeFileSync(der, Buffer.from(pem.replace(/-----[^-]+-----/g, ''), 'base64'))
    t.equal(await (await open(t, { revoked: der })).ask(chainOf(revoked)), 'GW_IDENTITY_REVOKED')
  })

  await t.test('refuses what an authority that it names has issued', async t => {
    const stage = await open(t, { revoked: authority.revoke([sub]) })
    t.equal(await stage.ask(chainOf(below, sub, authority)), 'GW_IDENTITY_REVOKED')
  })

  await t.test('of another authority with the same serial says nothing', async t => {
    const other = createAuthority(join(folder, 'other'), { subject: '/CN=Other Authority' })
    const stage = await open(t, { revoked: other.revoke([other.issue()]) })
    t.match(await stage.ask(chainOf(workload)), { method: 'mtls' })
  })

  await t.test('that has run out lets nobody of its authority in', async t => {
    const stage = await open(t, { revoked: authority.revoke([], { hours: 0 }) })
    t.equal(await stage.ask(chainOf(workload)), 'GW_IDENTITY_KEYS_UNAVAILABLE')
  })

  await t.test('may be a list of fingerprints, with comments and colons', async t => {
    const file = join(folder, 'fingerprints')
    writeFileSync(file, `# left the company\n${revoked.fingerprint.toUpperCase().replace(/(..)(?=.)/g, '$1:')} # kim\n\n`)
    const stage = await open(t, { revoked: file })
    t.equal(await stage.ask(chainOf(revoked)), 'GW_IDENTITY_REVOKED')
    t.match(await stage.ask(chainOf(workload)), { method: 'mtls' })
  })

  await t.test('that is one of several parts, or speaks for others, is not taken for a whole one', async t => {
    const lists: ReadonlyArray<[extension: string, answer: string | object]> = [
      ['issuingDistributionPoint=critical,onlyuser:TRUE', { method: 'mtls' }],
      ['2.5.29.27=critical,DER:02:01:01', 'GW_IDENTITY_KEYS_UNAVAILABLE'],
      ['issuingDistributionPoint=critical,indirectCRL:TRUE', 'GW_IDENTITY_KEYS_UNAVAILABLE'],
      ['issuingDistributionPoint=critical,onlysomereasons:keyCompromise', 'GW_IDENTITY_KEYS_UNAVAILABLE'],
      ['1.2.3.4=critical,DER:05:00', 'GW_IDENTITY_KEYS_UNAVAILABLE'],
      ['1.2.3.4=DER:05:00', { method: 'mtls' }]
    ]
    for (const [extension, answer] of lists) {
      const stage = await open(t, { revoked: authority.revoke([revoked], { extensions: [extension] }) })
      t.match(await stage.ask(chainOf(workload)), answer, extension)
    }
  })

  await t.test('that is absent or malformed lets nobody in', async t => {
    const file = join(folder, 'malformed')
    writeFileSync(file, 'not a list')
    for (const revoked of [file, join(folder, 'absent')]) t.equal(await (await open(t, { revoked })).ask(chainOf(workload)), 'GW_IDENTITY_KEYS_UNAVAILABLE')
  })

  await t.test('counts from the moment it changes, for those who were let in before too', async t => {
    const file = join(folder, 'growing')
    writeFileSync(file, '')
    const stage = await open(t, { revoked: file })
    t.match(await stage.ask(chainOf(workload)), { method: 'mtls' })
    appendFileSync(file, workload.fingerprint)
    for (let waited = 0; waited < 30 && typeof await stage.ask(chainOf(workload)) === 'object'; waited++) await new Promise(resolve => setTimeout(resolve, 100))
    t.equal(await stage.ask(chainOf(workload)), 'GW_IDENTITY_REVOKED')
  })
})

/** Certificates that must not get in, though an authority signed them. */
import t from 'tap'
import { join } from 'node:path'
import identityMtls from '../../../plugins/identity/mtls/index.ts'
import { createAuthority, type CertificateOptions } from '../../helpers/certificates.ts'
import { temporaryFolder } from '../../helpers/folder.ts'
import { openPlugin } from './parts.ts'

const folder = temporaryFolder(t)
const authority = createAuthority(join(folder, 'authority'))
const stage = await openPlugin(t, identityMtls, { trust_domains: ['acme.example'], map: [{ match: '**', tenant: 'acme' }] })

const good: CertificateOptions = { names: ['URI:spiffe://acme.example/batch'] }

async function ask (options: CertificateOptions): Promise<string> {
  const { der } = authority.issue(options)
  const answer = await stage.ask({ certificates: [der] })
  return typeof answer === 'string' ? answer : 'accepted'
}

/** A rule: such a certificate is refused with this code. */
function refuses (name: string, options: CertificateOptions, code = 'GW_IDENTITY_INVALID'): void {
  t.test(name, async t => { t.equal(await ask(options), code) })
}

t.test('the certificate that the others differ from is accepted', async t => {
  t.equal(await ask(good), 'accepted')
})

refuses('a certificate for servers is refused', { ...good, usage: 'serverAuth' })
refuses('a certificate for signing code is refused', { ...good, usage: 'codeSigning' })
refuses('the certificate of an authority is refused', { ...good, authority: true })
refuses('an expired certificate is refused though the connection is still open', { ...good, days: -1 }, 'GW_IDENTITY_EXPIRED')
refuses('two SPIFFE IDs are refused', { names: ['URI:spiffe://acme.example/batch', 'URI:spiffe://acme.example/root'] })
refuses('a SPIFFE ID beside another URI is refused', { names: ['URI:spiffe://acme.example/batch', 'URI:https://acme.example/root'] })
refuses('a SPIFFE ID of another trust domain is refused', { names: ['URI:spiffe://evil.example/batch'] }, 'GW_IDENTITY_UNTRUSTED_ISSUER')
refuses('another trust domain is refused though a DNS name stands beside it', { names: ['URI:spiffe://evil.example/batch', 'DNS:batch.acme.example'] }, 'GW_IDENTITY_UNTRUSTED_ISSUER')
refuses('a URI of no trust domain is refused', { names: ['URI:https://acme.example/batch'] }, 'GW_IDENTITY_UNTRUSTED_ISSUER')
refuses('a trust domain that only ends like ours is refused', { names: ['URI:spiffe://evil-acme.example/batch'] }, 'GW_IDENTITY_UNTRUSTED_ISSUER')

for (const uri of [
  'spiffe://ACME.example/batch', 'SPIFFE://acme.example/batch', 'spiffe://acme.example', 'spiffe://acme.example/', 'spiffe://acme.example//batch', 'spiffe://acme.example/a/../batch', 'spiffe://acme.example/./batch',
  'spiffe://acme.example:443/batch', 'spiffe://user@acme.example/batch', 'spiffe://acme.example/batch?x=1', 'spiffe://acme.example/batch#x', 'spiffe://acme.example/b%61tch', 'spiffe:///batch', 'spiffe:acme.example/batch'
]) refuses(`a SPIFFE ID in another form is refused: ${uri}`, { names: [`URI:${uri}`] })

t.test('a certificate that rests on one which has expired since is refused though the connection is still open', async t => {
  const expired = authority.subordinate({ days: -1 })
  const below = expired.issue(good)
  t.equal(await stage.ask({ certificates: [below.der, expired.der, authority.der] }), 'GW_IDENTITY_EXPIRED')
})

t.test('a usage that names clients among others is accepted', async t => {
  t.equal(await ask({ ...good, usage: 'serverAuth,clientAuth' }), 'accepted')
  t.equal(await ask({ ...good, usage: null }), 'accepted')
})

t.test('bytes that are no certificate are refused', async t => {
  for (const der of [new Uint8Array(0), new Uint8Array([0x30, 0x03, 0x02, 0x01, 0x01]), Buffer.from('certificate')]) t.equal(await stage.ask({ certificates: [der] }), 'GW_IDENTITY_INVALID')
})

t.test('a certificate that did not verify is refused, whatever stands beside it', async t => {
  t.equal(await stage.ask({ certificateRefused: true }), 'GW_IDENTITY_INVALID')
  t.equal(await stage.ask({ certificateRefused: true, certificates: [authority.issue(good).der] }), 'GW_IDENTITY_INVALID')
})

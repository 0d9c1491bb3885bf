/** Certificates that OpenSSL makes: authorities, servers, clients, and what is wrong with them. */
import { execFileSync } from 'node:child_process'
import { createHash, randomUUID, X509Certificate } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Certificate {
  /** Paths of the PEM files. */
  readonly certificateFile: string
  readonly keyFile: string
  readonly certificate: string
  readonly key: string
  readonly der: Uint8Array
  /** SHA-256: base64url as in `cnf`, hex as in lists. */
  readonly thumbprint: string
  readonly fingerprint: string
}

export interface CertificateOptions {
  /** OpenSSL's form: `/O=Acme/CN=batch`. */
  readonly subject?: string
  /** Subject alternative names, OpenSSL's form: `URI:spiffe://acme.example/batch`. */
  readonly names?: readonly string[]
  /** Default: `clientAuth`; null = no extension. */
  readonly usage?: string | null
  /** Further lines of the extension section. */
  readonly extensions?: readonly string[]
  /** Days from now; negative = expired. */
  readonly days?: number
  readonly authority?: boolean
}

export interface ListOptions {
  /** Until the next list; 0 = that time is over. Default: 24. */
  readonly hours?: number
  /** Lines of the list's own extension section. */
  readonly extensions?: readonly string[]
}

export interface Authority extends Certificate {
  issue (options?: CertificateOptions): Certificate
  /** An authority below this one. */
  subordinate (options?: CertificateOptions): Authority
  /** A revocation list of these certificates; answers its path (PEM). */
  revoke (certificates: readonly Certificate[], options?: ListOptions): string
}

function openssl (folder: string, words: readonly string[]): void {
  execFileSync('openssl', [...words], { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] })
}

/** A self-signed authority with its files in `folder`. */
export function createAuthority (folder: string, options: CertificateOptions = {}): Authority {
  mkdirSync(folder, { recursive: true })
  return authorityOf(folder, make(folder, null, { subject: '/O=Test/CN=Test Authority', authority: true, ...options }))
}

function authorityOf (folder: string, own: Certificate): Authority {
  return {
    ...own,
    issue: options => make(folder, own, options ?? {}),
    subordinate: (options = {}) => authorityOf(folder, make(folder, own, { subject: '/O=Test/CN=Test Subordinate', ...options, authority: true })),
    revoke: (certificates, options = {}) => revoke(folder, own, certificates, options)
  }
}

/** A certificate that vouches for itself. */
export function selfSigned (folder: string, options: CertificateOptions = {}): Certificate {
  mkdirSync(folder, { recursive: true })
  return make(folder, null, options)
}

/** A certificate that another one signed, which may be no authority's; the chain stands in its PEM. */
export function issueBy (folder: string, issuer: Certificate, options: CertificateOptions = {}): Certificate {
  mkdirSync(folder, { recursive: true })
  const made = make(folder, issuer, options)
  return { ...made, certificate: made.certificate + issuer.certificate }
}

function make (folder: string, issuer: Certificate | null, options: CertificateOptions): Certificate {
  const name = randomUUID()
  const { subject = '/CN=client', names = [], usage = 'clientAuth', extensions = [], days = 30, authority = false } = options
  writeFileSync(join(folder, `${name}.ext`), [
    `basicConstraints=critical,CA:${authority ? 'TRUE' : 'FALSE'}`,
    `keyUsage=critical,${authority ? 'keyCertSign,cRLSign' : 'digitalSignature'}`,
    ...(usage === null || authority ? [] : [`extendedKeyUsage=${usage}`]),
    ...(names.length === 0 ? [] : [`subjectAltName=${names.join(',').replaceAll('#', '\\#')}`]),
    ...extensions
  ].join('\n'))
  openssl(folder, ['ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', `${name}.key`])
  openssl(folder, ['req', '-new', '-utf8', '-key', `${name}.key`, '-subj', subject, '-out', `${name}.csr`])
  const signer = issuer === null ? ['-signkey', `${name}.key`] : ['-CA', issuer.certificateFile, '-CAkey', issuer.keyFile, '-CAcreateserial']
  openssl(folder, ['x509', '-req', '-in', `${name}.csr`, ...signer, '-days', String(days), '-extfile', `${name}.ext`, '-out', `${name}.pem`])
  return load(join(folder, `${name}.pem`), join(folder, `${name}.key`))
}

function load (certificateFile: string, keyFile: string): Certificate {
  const certificate = readFileSync(certificateFile, 'utf8')
  const der = new X509Certificate(certificate).raw
  const digest = createHash('sha256').update(der).digest()
  return { certificateFile, keyFile, certificate, key: readFileSync(keyFile, 'utf8'), der, thumbprint: digest.toString('base64url'), fingerprint: digest.toString('hex') }
}

function revoke (folder: string, { certificateFile, keyFile }: Certificate, certificates: readonly Certificate[], { hours = 24, extensions = [] }: ListOptions): string {
  const name = randomUUID()
  writeFileSync(join(folder, `${name}.index`), '')
  writeFileSync(join(folder, `${name}.cnf`), `[ca]\ndefault_ca=own\n[own]\ndatabase=${name}.index\ndefault_md=sha256\ncrlnumber=${name}.number\n[list]\n${extensions.join('\n')}\n`)
  writeFileSync(join(folder, `${name}.number`), '01\n')
  const signer = ['ca', '-config', `${name}.cnf`, '-cert', certificateFile, '-keyfile', keyFile]
  for (const one of certificates) openssl(folder, [...signer, '-revoke', one.certificateFile])
  const seconds = hours * 3600
  openssl(folder, [...signer, '-gencrl', ...(extensions.length === 0 ? [] : ['-crlexts', 'list']), ...(seconds > 0 ? ['-crlsec', String(seconds)] : ['-crl_lastupdate', '20200101000000Z', '-crl_nextupdate', '20200102000000Z']), '-out', `${name}.crl`])
  return join(folder, `${name}.crl`)
}

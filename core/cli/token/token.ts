import { createHash, randomUUID, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { signDevelopmentToken } from '../../../plugins/identity/issuer/development.ts'
import { thumbprintOf } from '../../../plugins/identity/proof/signature.ts'
import { durationMs } from '../../config/duration.ts'
import { configurationOption, exitCodes, print, UsageError, type Command, type Words } from '../command.ts'
import { configurationOf } from '../configuration.ts'
import { claimsFor, developmentIssuers, issuerKeys, type DevelopmentIssuer, type IssuerKind } from '../development-issuers.ts'
import { furtherClaims } from './further-claims.ts'
import { openProofKey } from './proof-key.ts'

export const command: Command = {
  name: 'token',
  usage: `usage: sallyport token [--config FILE] [--kind KIND] [--issuer URL] [--subject NAME] [--client NAME] [--tenant NAME]
                       [--role NAME]... [--group NAME]... [--actor NAME]... [--expires DURATION] [--typ TYPE] [--key FILE]
                       [--certificate FILE] [--claim NAME=VALUE]...

Prints a credential of a development issuer: one that the configuration marks with development: true, and no other.

  --config FILE        the configuration; default ./sallyport.yaml
  --kind KIND          access (the default), workload (an identity token, which needs --key) or transaction
  --issuer URL         which one, where there are several
  --subject, --tenant, --role, --group   for whom; default developer; role and group may be repeated
  --client NAME        the client that asked for it; without --subject the token is that service's own
  --actor NAME         who acts, the nearest first; may be repeated (act, RFC 8693)
  --expires DURATION   default 1h
  --typ TYPE           default JWT; at+jwt for an access token of RFC 9068
  --key FILE           binds it to this key (DPoP, RFC 9449), which is made where it is not there: see sallyport token proof
  --certificate FILE   binds it to this certificate, PEM (RFC 8705)
  --claim NAME=VALUE   another claim, its value JSON or else a text: acr=high, may_act={"sub":"writer"}; may be repeated

exit codes: 0 printed, 1 no such issuer, 2 usage, 78 the configuration is refused

example: sallyport token --subject ada --role analyst --actor research-agent`,
  options: {
    ...configurationOption,
    kind: { type: 'string' },
    issuer: { type: 'string' },
    subject: { type: 'string' },
    client: { type: 'string' },
    tenant: { type: 'string' },
    role: { type: 'string', multiple: true },
    group: { type: 'string', multiple: true },
    actor: { type: 'string', multiple: true },
    expires: { type: 'string' },
    typ: { type: 'string' },
    key: { type: 'string' },
    certificate: { type: 'string' },
    claim: { type: 'string', multiple: true }
  },
  positionals: { least: 0, most: 0 },
  async run (words) {
    const lifetimeSeconds = lifetime(words)
    const kind = kindOf(words.text('kind') ?? 'access')
    const { data, pipelines } = configurationOf(words)
    const from = choose(developmentIssuers(pipelines.values()).filter(entry => entry.kind === kind), words.text('issuer'))
    const claims = { ...personClaims(from, words), ...actorClaims(words.texts('actor')), ...await bindingClaims(kind, words), ...transactionClaims(kind), ...furtherClaims(words.texts('claim')) }
    print(await signDevelopmentToken(data, { issuer: from.issuer, audience: from.audience, claims, lifetimeSeconds, typ: words.text('typ') ?? types[kind] }))
    return exitCodes.ok
  }
}

const types: Readonly<Record<IssuerKind, string>> = { access: 'JWT', workload: 'wit+jwt', transaction: 'txntoken+jwt' }

function kindOf (text: string): IssuerKind {
  if (Object.hasOwn(issuerKeys, text)) return text as IssuerKind
  throw new UsageError(`--kind ${text} is none of ${Object.keys(issuerKeys).join(', ')}`)
}

function transactionClaims (kind: IssuerKind): Record<string, unknown> {
  return kind === 'transaction' ? { txn: randomUUID(), scope: 'development', req_wl: 'sallyport' } : {}
}

function personClaims (issuer: DevelopmentIssuer, words: Words): Record<string, unknown> {
  const client = words.text('client')
  const subject = words.text('subject') ?? client ?? (issuer.kind === 'workload' ? 'wimse://localhost/developer' : 'developer')
  const claims = claimsFor(issuer, { subject, tenant: words.text('tenant'), roles: words.texts('role'), groups: words.texts('group') })
  return client === null ? claims : { ...claims, client_id: client }
}

/** The outermost `act` is the nearest actor. */
function actorClaims (actors: readonly string[]): Record<string, unknown> {
  return actors.reduceRight<Record<string, unknown>>((inner, sub) => ({ act: { sub, ...inner } }), {})
}

async function bindingClaims (kind: IssuerKind, words: Words): Promise<Record<string, unknown>> {
  const file = words.text('key')
  const certificate = words.text('certificate')
  const key = file === null ? null : (await openProofKey(file)).publicKey
  if (kind === 'workload') return { cnf: { jwk: { ...key ?? missingKey(), alg: 'ES256' } } }
  const cnf = {
    ...key === null ? {} : { jkt: await thumbprintOf(key) },
    ...certificate === null ? {} : { 'x5t#S256': thumbprintOfCertificate(certificate) }
  }
  return Object.keys(cnf).length === 0 ? {} : { cnf }
}

function missingKey (): never {
  throw new UsageError('an identity token of a workload carries its key: name its file with --key')
}

function thumbprintOfCertificate (file: string): string {
  try {
    return createHash('sha256').update(new X509Certificate(readFileSync(file)).raw).digest('base64url')
  } catch {
    throw new UsageError(`--certificate ${file} is no certificate that can be read`)
  }
}

function lifetime (words: Words): number {
  const expires = words.text('expires') ?? '1h'
  const seconds = Math.floor(durationOf(expires) / 1000)
  if (seconds < 1) throw new UsageError(`--expires ${expires} is no duration of a second or more, such as 30m`)
  return seconds
}

function durationOf (text: string): number {
  try {
    return durationMs(text)
  } catch {
    return 0
  }
}

function choose (issuers: readonly DevelopmentIssuer[], asked: string | null): DevelopmentIssuer {
  const [first, ...others] = asked === null ? issuers : issuers.filter((entry) => entry.issuer === asked)
  if (first === undefined) throw new Error(asked === null ? 'the configuration has no development issuer' : `${asked} is no development issuer`)
  if (others.length > 0) throw new UsageError(`there are several development issuers: name one with --issuer (${issuers.map((entry) => entry.issuer).join(', ')})`)
  return first
}

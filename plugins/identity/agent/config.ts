/** What `identity.agent` can be told. */
import type { Reference } from '../../../core/config/reference.ts'
import type { IdentitySource, JsonSchema } from '../../../core/pipeline/plugin.ts'
import { trustDomainsField, type CertificateEntry } from '../certificate/party.ts'
import { isFenced } from '../claims/fence.ts'
import { pointerSchema } from '../claims/pointer.ts'
import type { RulesOptions, TokenKind } from '../claims/rules.ts'
import { decodeIssuers, issuerSchema, type Issuer, type IssuerEntry, type Places } from '../issuer/config.ts'
import { certificatesField } from '../jwt/config.ts'
import { nonceKeyField } from '../proof/nonces.ts'
import { revokedField } from '../token/revocations.ts'

export interface AgentIssuerEntry extends IssuerEntry { readonly narrow_roles?: string | null }

export interface WorkloadIssuerEntry extends Omit<IssuerEntry, 'audience'> {
  readonly audience?: IssuerEntry['audience']
  readonly trust_domains?: readonly string[]
}

export interface IdentityAgentConfig {
  readonly issuers?: readonly AgentIssuerEntry[]
  readonly workloads?: readonly WorkloadIssuerEntry[]
  readonly transactions?: readonly AgentIssuerEntry[]
  readonly max_actors?: number
  readonly revoked?: string
  readonly certificates?: CertificateEntry
  readonly nonce_key?: Reference
}

const narrowRoles = { ...pointerSchema, default: null, description: 'Where a token\'s context names the roles it was limited to (such as `/tctx/roles`, `/azd/roles` or `/rctx/roles` of a transaction token): other roles are cut off. A token without it is not narrowed.' }
const proofFields = ['dpop', 'dpop_nonce', 'dpop_window']
const { audience, ...otherFields } = issuerSchema()['properties'] as Readonly<Record<string, Readonly<Record<string, unknown>>>>

export const configSchema: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  anyOf: [{ required: ['issuers'] }, { required: ['workloads'] }, { required: ['transactions'] }],
  properties: {
    issuers: { type: 'array', items: issuerSchema({ narrow_roles: narrowRoles }), minItems: 1, description: 'Whose access tokens are accepted, under `Authorization`.' },
    workloads: {
      type: 'array',
      items: issuerSchema({
        audience: { ...audience, description: 'Names of this gateway in their proofs (`aud`), beside the URL that was called. Needed without `public_url`.' },
        trust_domains: { ...trustDomainsField, description: 'Trust domains whose workloads it may name; left out: any.' }
      }, ['audience', 'secret', 'certificate', ...proofFields]),
      minItems: 1,
      description: 'Whose workload identity tokens are accepted, in the header `Workload-Identity-Token`, each with a proof in `Workload-Proof-Token` (drafts of the IETF working group WIMSE). Alone it says who asks; beside another token it says who acts.'
    },
    transactions: {
      type: 'array',
      items: issuerSchema({
        audience: { ...audience, description: 'The trust domain of its transactions, or several.' },
        certificate: { ...otherFields['certificate'], description: 'What a client certificate beside the token is: `actor` takes it for who acts, null refuses both.' },
        narrow_roles: narrowRoles
      }, proofFields),
      minItems: 1,
      description: 'Whose transaction tokens are accepted, in the header `Txn-Token` (draft of the IETF working group OAuth). One says for whom a workload acts, or narrows an access token of the same subject; alone it proves nobody.'
    },
    max_actors: { type: 'integer', minimum: 0, maximum: 16, default: 4, description: 'How long the chain of actors may be.' },
    revoked: revokedField,
    certificates: certificatesField,
    nonce_key: nonceKeyField
  }
}

/** Issuers by the kind of their tokens. */
export interface AgentIssuers { readonly access: readonly Issuer[], readonly workload: readonly Issuer[], readonly transaction: readonly Issuer[] }

/** Throws Error for what makes no sense together, in words for the operator. */
export function decodeConfig ({ issuers = [], workloads = [], transactions = [], max_actors: mostActors = 4 }: IdentityAgentConfig, places: Places): AgentIssuers {
  const isOneOfSeveral = issuers.length + workloads.length + transactions.length > 1
  const base = { method: 'agent', type: 'agent', mostActors } as const
  const narrowed = (kind: TokenKind) => (entry: AgentIssuerEntry): RulesOptions => ({ ...base, kind, narrowRoles: entry.narrow_roles ?? null })
  checkWorkloads(workloads, places)
  checkTransactions({ issuers, workloads, transactions })
  return {
    access: decodeIssuers(issuers, places, narrowed('access'), isOneOfSeveral),
    workload: decodeIssuers(workloads.map(entry => ({ ...entry, audience: entry.audience ?? [] })), places, ({ trust_domains: trustDomains = null }) => ({ ...base, kind: 'workload', trustDomains }), isOneOfSeveral),
    transaction: decodeIssuers(transactions, places, narrowed('transaction'), isOneOfSeveral)
  }
}

/** A proof names whom it is for. */
function checkWorkloads (workloads: readonly WorkloadIssuerEntry[], { publicUrl }: Places): void {
  const nameless = publicUrl === null ? workloads.find(({ audience }) => audience === undefined) : undefined
  if (nameless !== undefined) throw new Error(`issuer ${nameless.issuer}: its proofs name the gateway by audience or by public_url, and there is neither`)
}

/** Somebody must be proven beside it. */
function checkTransactions ({ issuers, workloads, transactions }: Required<Pick<IdentityAgentConfig, 'issuers' | 'workloads' | 'transactions'>>): void {
  const alone = issuers.length + workloads.length === 0 ? transactions.find(({ certificate }) => certificate !== 'actor') : undefined
  if (alone !== undefined) throw new Error(`issuer ${alone.issuer}: a transaction token proves nobody; who acts is proven by workloads, issuers, or certificate: actor`)
}

export function sourcesOf ({ issuers = [], workloads = [], transactions = [] }: IdentityAgentConfig): readonly IdentitySource[] {
  const sources = (key: string, what: string, entries: ReadonlyArray<AgentIssuerEntry | WorkloadIssuerEntry>): IdentitySource[] => {
    return entries.map((entry, index) => ({ takes: `${what} of ${entry.issuer}`, isFenced: isFenced(entry), path: [key, index] }))
  }
  return [...sources('issuers', 'tokens', issuers), ...sources('workloads', 'workload identity tokens', workloads), ...sources('transactions', 'transaction tokens', transactions)]
}

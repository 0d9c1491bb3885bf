/** Subjects in records by keyed pseudonyms (`identity: pseudonym`): one for a subject of an issuer, as long as the key lasts. */
import { hmacSha256 } from '../enforce/hmac.ts'
import type { SecretKey } from '../enforce/key-file.ts'
import type { DecisionBody } from './record.ts'

const label = 'sallyport pseudonym/v1'

/** `pseudonym:<key id>:<hex>` */
export function pseudonymOf (key: SecretKey, issuer: string, subject: string): string {
  return `pseudonym:${key.id}:${hmacSha256(key.secret, [Buffer.from(JSON.stringify([label, issuer, subject]))])}`
}

/** The id of the key that a pseudonym was made with; null for a text that is none. */
export function pseudonymKeyId (text: string): string | null {
  return /^pseudonym:([0-9a-f]{8}):[0-9a-f]{64}$/.exec(text)?.[1] ?? null
}

/**
 * The record with pseudonyms for the subject, its actors and the key that its credential is bound to, in the policy's input too. It
 * cannot be replayed then, and the digest of that input is keyed, or it would be a way to test guesses.
 */
export function hideSubjects (body: DecisionBody, key: SecretKey): DecisionBody {
  const { principal, input, policy } = body
  if (principal === null) return body
  const hide = (issuer: string, id: string): string => pseudonymOf(key, issuer, id)
  return {
    ...body,
    input: input === null ? null : { ...input, subject: hideIn(input['subject'], hide) },
    policy: policy === null ? null : { ...policy, input_digest: `hmac-sha256:${key.id}:${hmacSha256(key.secret, [Buffer.from(policy.input_digest)])}` },
    principal: {
      ...principal,
      actors: principal.actors.map(({ id, issuer }) => ({ id: hide(issuer, id), issuer })),
      confirmation: principal.confirmation === null ? null : hide(principal.issuer, principal.confirmation),
      subject: hide(principal.issuer, principal.subject)
    },
    replayable: false
  }
}

interface InputSubject { readonly id: string, readonly issuer: string, readonly actors: ReadonlyArray<{ readonly id: string, readonly issuer: string }> }

function hideIn (subject: unknown, hide: (issuer: string, id: string) => string): unknown {
  const { id, issuer, actors, ...rest } = subject as InputSubject
  return { ...rest, id: hide(issuer, id), issuer, actors: actors.map(actor => ({ id: hide(actor.issuer, actor.id), issuer: actor.issuer })) }
}

/**
 * What a record of the audit log looks like (CONTRACT 6): docs/record.md is generated from this, and it is all that the verifier shares
 * with the writer. Every object is closed but where a comment says otherwise.
 */
import type { DecisionBody, OutcomeBody, RecordEnvelope, SystemBody } from './record.ts'

interface Field {
  /** JSON type, `|` between alternatives; `[]` after the type of an array's items. */
  readonly type: string
  readonly description: string
  /** Members of an object, or of each object in an array. */
  readonly fields?: Fields
}

/** Keys in canonical order. */
export type Fields = Readonly<Record<string, Field>>

/** Fields of an object, each of its keys and no others. */
type FieldsOf<T> = { readonly [K in keyof T & string]: Field }

const mac = 'hmac-sha256:<key id>:<hex> over each part as 8-byte big-endian length and bytes'

function macFields (): FieldsOf<{ bytes: number, mac: string }> {
  return {
    bytes: { type: 'integer', description: 'Sum of the parts\' lengths.' },
    mac: { type: 'string', description: mac }
  }
}

const skipped: Field = {
  type: 'object[]',
  description: 'Optional stages that failed and were passed over.',
  fields: { code: { type: 'string', description: 'Error code.' }, stage: { type: 'string', description: 'Plugin name.' } }
}

export const envelopeFields = {
  body: { type: 'object', description: 'A decision, an outcome or a system record.' },
  index: { type: 'integer', description: 'Place in the log, from 0, without gaps.' },
  log: { type: 'string', description: 'Origin of the log: the name in every checkpoint.' },
  time_us: { type: 'integer', description: 'Microseconds since the epoch by the writer\'s clock. Never goes back.' },
  v: { type: 'integer', description: 'Version of this schema: 1. A verifier that does not know it must not call the record good.' }
} as const satisfies FieldsOf<Omit<RecordEnvelope, 'signature'>>

/** Stands between log and time_us where `signature: record` is set. */
export const signatureField = {
  signature: { type: 'string', description: 'Base64 of the log key\'s Ed25519 signature over `sallyport record/v1`, a newline, and this record without its signature.' }
} as const satisfies Fields

export const decisionFields = {
  classification: {
    type: 'object|null',
    description: 'What was found in the content. Null where nothing was classified.',
    fields: {
      complete: { type: 'boolean', description: 'False where content could not be scanned.' },
      detectors: { type: 'string', description: 'Digest of the detectors and their settings.' },
      external: { type: 'string[]', description: 'Detectors beyond this process that were given text.' },
      labels: { type: 'object', description: 'How often each label was found; never what.' },
      tag: { type: 'string', description: 'Level of the taxonomy.' },
      taxonomy: { type: 'string', description: 'Digest of the taxonomy.' }
    }
  },
  configuration: { type: 'string', description: 'Digest of the configuration.' },
  decision: { type: 'string', description: 'permit, redact or deny.' },
  dispatched: { type: 'object|null', description: 'The body that may be sent, without the model\'s name. Null on a denial.', fields: macFields() },
  endpoints: { type: 'string[]', description: 'Where it may go; empty on a denial.' },
  id: { type: 'string', description: 'UUIDv7: the caller was told it as sallyport-decision-id.' },
  input: { type: 'object|null', description: 'The policy\'s input (CONTRACT 4) less free text. Null where policy was not asked.' },
  kind: { type: 'string', description: 'decision.' },
  obligations: { type: 'object[]', description: 'What the gateway must do for the decision to hold: id, type, and parameters of the type.' },
  pipeline: { type: 'string', description: 'Digest of the pipeline\'s proof.' },
  policy: {
    type: 'object|null',
    description: 'The policy that decided. Null where none was reached.',
    fields: {
      digest: { type: 'string', description: 'sha256: over the bundle.' },
      input_digest: { type: 'string', description: 'sha256: over the input as it was evaluated; hmac-sha256: where the record\'s input differs from it.' },
      version: { type: 'string', description: '<revision>@sha256:<12 hex>.' }
    }
  },
  principal: {
    type: 'object|null',
    description: 'Who asked, verified. Null for strangers.',
    fields: {
      actors: { type: 'object[]', description: 'Who acts for the subject, nearest first (RFC 8693).', fields: { id: { type: 'string', description: 'Subject of the actor.' }, issuer: { type: 'string', description: 'Who vouches for it.' } } },
      confirmation: { type: 'string|null', description: 'Thumbprint of the key that the credential is bound to.' },
      groups: { type: 'string[]', description: 'Groups of the subject.' },
      issuer: { type: 'string', description: 'Who vouches for the subject.' },
      method: { type: 'string', description: 'Kind of credential.' },
      role: { type: 'string|null', description: 'The role in effect.' },
      roles: { type: 'string[]', description: 'All roles held.' },
      subject: { type: 'string', description: 'The verified subject, or its keyed pseudonym: pseudonym:<key id>:<hex>.' },
      tenant: { type: 'string|null', description: 'Tenant of the subject.' },
      transaction: { type: 'string', description: 'The transaction that the request is part of, as its issuer names it (txn, RFC 8417). Left out where none is known.' },
      type: { type: 'string', description: 'user, service or agent.' }
    }
  },
  reasons: { type: 'string[]', description: 'Ids of the permits, or codes of the denial.' },
  received: { type: 'object|null', description: 'The body as it came. Null where it was not opened.', fields: macFields() },
  redactions: {
    type: 'object[]',
    description: 'What was to be redacted, in that order.',
    fields: { labels: { type: 'string[]', description: 'Labels, or globs of labels.' }, operator: { type: 'string', description: 'How.' } }
  },
  replayable: { type: 'boolean', description: 'True where input is all that the policy was given.' },
  request: {
    type: 'object',
    description: 'What was asked for.',
    fields: {
      bytes: { type: 'integer', description: 'Length of the body.' },
      method: { type: 'string', description: 'HTTP method.' },
      model: { type: 'string|null', description: 'A configured model.' },
      protocol: { type: 'string', description: 'Protocol of the route.' },
      route: { type: 'string', description: 'The route\'s pattern.' },
      trace: { type: 'string|null', description: 'W3C trace id that the caller sent.' }
    }
  },
  skipped
} as const satisfies FieldsOf<DecisionBody>

export const outcomeFields = {
  attempts: {
    type: 'object[]',
    description: 'Every dial in order, refused ones too.',
    fields: {
      bytes: { type: 'integer', description: 'Sum of the lengths of what was sent, without the model\'s name.' },
      endpoint: { type: 'string', description: 'One of the decision\'s endpoints.' },
      error: { type: 'string|null', description: 'Why it failed.' },
      mac: { type: 'string|null', description: `${mac}; null where nothing was sent.` },
      milliseconds: { type: 'integer', description: 'How long it took.' },
      model: { type: 'string|null', description: 'The endpoint\'s own name of the model.' },
      reason: { type: 'string', description: 'primary, fallback, health, retry, hedge or mirror.' },
      status: { type: 'integer|null', description: 'HTTP status of its answer.' }
    }
  },
  decision_hash: { type: 'string', description: 'Leaf hash of the decision, hex.' },
  decision_id: { type: 'string', description: 'The decision that it ends.' },
  decision_index: { type: 'integer', description: 'Its place in this log.' },
  end: { type: 'string', description: 'ok, upstream_error, client_gone, blocked, timeout, not_dialled or crash_unknown.' },
  endpoint: { type: 'string|null', description: 'Whose answer was released.' },
  kind: { type: 'string', description: 'outcome.' },
  response: {
    type: 'object|null',
    description: 'The answer as it was released. Null where there was none.',
    fields: {
      bytes: { type: 'integer', description: 'Its length.' },
      classification: { type: 'string', description: 'Level of the taxonomy.' },
      decision: { type: 'string', description: 'permit, redact or block.' },
      hold_overflow: { type: 'boolean', description: 'True where more was held back than may be.' },
      mac: { type: 'string', description: mac },
      marked: { type: 'string[]', description: 'Ids of the mark obligations that were met.' },
      mode: { type: 'string', description: 'incremental, buffer or observe: how the answer was released.' },
      reasons: { type: 'string[]', description: 'Codes of the rules that acted.' },
      redactions: { type: 'integer', description: 'How many values were replaced.' },
      unscanned: { type: 'string[]', description: 'Kinds of content that were released unscanned, as a permit allowed.' }
    }
  },
  skipped,
  status: { type: 'integer|null', description: 'HTTP status that the caller got.' },
  usage: {
    type: 'object|null',
    description: 'Tokens, where known.',
    fields: {
      estimated: { type: 'boolean', description: 'True where the endpoint did not tell.' },
      input_tokens: { type: 'integer', description: 'Tokens of the prompt.' },
      output_tokens: { type: 'integer', description: 'Tokens of the answer.' }
    }
  }
} as const satisfies FieldsOf<OutcomeBody>

/** System records are open: beside kind and event they carry what the event says. */
export const systemEvents = {
  clock: 'set_back_ms: the wall clock was set back by so much; times in the log stand still meanwhile.',
  configuration: 'digest, accepted, reason: a configuration was loaded or refused.',
  gap: 'previous, size, reason: an earlier log, of at least so many records, was given up by an operator, and this one begun.',
  hold: 'held, reason: a legal hold was set or lifted; while it is set nothing is pruned.',
  policy_load: 'accepted, version, digest, replaces, source, shadow, reason: a policy was put in force or refused; shadow: as a candidate that decides beside it.',
  policy_shadow: 'live, candidate, since_us, counts, decisions: how decisions of a candidate differed from those that were made, by kind; some of them.',
  prune: 'before_index, segments, reason: these records are removed; their hashes stay.',
  recover: 'dropped_bytes, size: what a write under way left behind was cut off after so many records.',
  refused: 'counts, since_us: refusals that got no record of their own, by code.',
  rotate_key: 'old_key, new_key, old_proof, new_proof: both keys sign the checkpoint that covers this record, the new one alone those after it. The proofs are both keys\' signatures over the two keys.',
  seal: 'segment, size, root, state: a segment file is complete with so many records of the log under that root.',
  start: 'boot, synchronous, write_us: a gateway\'s process begins; its filesystem\'s promise; a raw synchronous write here.',
  stop: 'boot: it ended in order.'
} as const satisfies Record<SystemBody['event'], string>

/** The keys of closed objects, in canonical order, as the verifier holds records to them. */
export function keysOf (fields: Fields): string[] {
  return Object.keys(fields).sort()
}

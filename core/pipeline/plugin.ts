/**
 * The plugin contract: what an author of a plugin reads, and all that a plugin may use of the core.
 */
import type { Logger } from 'pino'
import type { KeyObject } from 'node:crypto'
import type { ChoiceQuestion, EndpointHealth, EndpointLimits, Explanation } from '../endpoints/contract.ts'
import type { GatewayError, GatewayErrorCode } from '../errors.ts'
import type { DecisionAuthority } from '../enforce/decision.ts'
import type { SecretKey } from '../enforce/key-file.ts'
import type { AuditCommit } from '../enforce/commit.ts'
import type { PolicyEvents } from '../enforce/policy-standing.ts'
import type { Finding, Facts, ProvidedFacts, Attempt, Usage, Principal } from './facts.ts'
import type { CounterStore, ReplayStore } from '../store/contract.ts'
import type { Ceiling, Grants, Phase } from './phases.ts'
import type { AnswerFilter, EventWriter, ScannerOptions, TextScanner } from './stream.ts'

export { GatewayError, type GatewayErrorCode } from '../errors.ts'
export type * from './facts.ts'
export type { Phase } from './phases.ts'
export type * from './stream.ts'
export type { Protocol } from '../protocol/contract.ts'
export type { Provider } from '../protocol/provider.ts'
export type * from '../endpoints/contract.ts'
export type * from '../store/contract.ts'

/** A JSON Schema (draft 2020-12 subset that Ajv reads), closed by `additionalProperties: false`, every field described. */
export type JsonSchema = Readonly<Record<string, unknown>>

/** What a stage answers: the facts it provides, or a halt, which denies the request. */
export type StageResult<W extends keyof ProvidedFacts> =
  /** `kept` comes back in `settle`, and nowhere else: a collection by request would hold on to what is over. */
  | { readonly kind: 'continue', readonly facts: Readonly<Pick<ProvidedFacts, W>>, readonly kept?: object }
  | { readonly kind: 'halt', readonly error: GatewayError, readonly facts?: Readonly<Partial<Pick<ProvidedFacts, W>>> }

/** How a request ended; carries no text. */
export interface SettleResult {
  readonly decision: 'permit' | 'redact' | 'deny'
  readonly end: 'ok' | 'upstream_error' | 'client_gone' | 'blocked' | 'timeout' | 'not_dialled' | 'denied'
  readonly attempts: readonly Attempt[]
  readonly usage: Usage | null
  readonly costMicros: number | null
}

/** A set-up plugin. `run` MUST honour `signal` and MUST NOT keep the view. */
export interface Stage<R extends keyof Facts, W extends keyof ProvidedFacts> {
  run (view: Readonly<Pick<Facts, R>>, signal: AbortSignal): Promise<StageResult<W>> | StageResult<W>
  /** Called exactly once for every `run` that began, after halts and aborts too. */
  settle? (view: Readonly<Partial<Pick<Facts, R>>>, result: SettleResult, kept?: object): Promise<void> | void
  /** Classify stages: the same detectors over a text of an answer. */
  scan? (text: string, keyPath: readonly string[]): ReadonlyArray<Omit<Finding, 'leaf'>>
  /** Classify stages: the same detectors over a text that comes in pieces. Left out: such a text is held until it is over. */
  stream? (keyPath: readonly string[], options: ScannerOptions): TextScanner
  /** Classify stages: the tag of a set of findings. */
  tag? (findings: ReadonlyArray<Omit<Finding, 'leaf'>>): string
  /** Classify stages of external plugins: label globs; what stages before have found under them is blanked in the `prompt` of this one. */
  readonly never?: readonly string[]
  /** Classify stages: what is found in a text of a request, and why. */
  explainText? (text: string, keyPath: readonly string[]): readonly ExplainedFinding[]
  /**
   * Response stages: begins to judge an answer that comes piece by piece, in place of `run`; of `answer` there is the status
   * alone. Left out: a stream is held whole for `run`.
   */
  filter? (view: Readonly<Pick<Facts, R>>, writer: EventWriter, signal: AbortSignal): Promise<AnswerFilter> | AnswerFilter
  /** Route stages: why an endpoint would be chosen and the others not. */
  explainChoice? (question: ChoiceQuestion): Explanation
  close? (): Promise<void> | void
}

/** What every plugin gets. The logger is the operational log under the plugin's name: never content, never identity. */
export interface Host {
  readonly log: Logger
  /** The folder of the configuration file: relative paths start here. */
  readonly folder: string
  /** The gateway's own data folder. */
  readonly data: string
  /** Taxonomy levels, lowest first. */
  readonly taxonomy: readonly string[]
  /** Aborted when the gateway closes. */
  readonly closing: AbortSignal
}

/** The joined detectors of the pipeline, for answers. */
export interface AnswerDetectors {
  scan (text: string, keyPath: readonly string[]): ReadonlyArray<Omit<Finding, 'leaf'>>
  stream (keyPath: readonly string[], options: ScannerOptions): TextScanner
  tag (findings: ReadonlyArray<Omit<Finding, 'leaf'>>): string
}

/**
 * The kind of credential that an identity stage takes. `any_token` is a bearer token that no other branch of the choice
 * takes; `stranger` is a stage that says nothing of itself and takes whatever it applies to.
 */
export type CredentialKind = 'certificate' | 'api_key' | 'token' | 'any_token' | 'stranger'

/** What callers without an accepted credential are told of the tokens that a stage takes (RFC 6750, RFC 9449, RFC 9728). */
export interface TokenTerms {
  /** Issuers whose tokens are taken. */
  readonly issuers: readonly string[]
  /** JWS algorithms of DPoP proofs; none where proofs are not taken. */
  readonly proofAlgorithms: readonly string[]
  /** True where no token is taken without a DPoP proof. */
  readonly proofRequired: boolean
}

/** One step of a verification, as `sallyport identity explain` and `sallyport classify --explain` print it: never a secret, never a whole credential. */
export interface ExplainedStep { readonly step: string, readonly detail: string }

/** A finding, and how it came to be: the rule, the words around it, what it was decoded from, the check; never the value. */
export interface ExplainedFinding extends Omit<Finding, 'leaf'> { readonly steps: readonly ExplainedStep[] }

/** What an `identity` stage says of itself, for choices, challenges and explanations. */
export interface IdentityStage {
  readonly kind?: Exclude<CredentialKind, 'stranger'>
  readonly tokens?: TokenTerms
  /** True where this branch is the one for the credential, by kind and unverified issuer. */
  applies? (credential: Facts['credential']): boolean
  /** Throws where it would never take the certificate, which another branch may take as the proof or the actor of a token. */
  vouch? (credential: Facts['credential']): void
  /** As `run`, telling each step to `trace` before it is taken. Throws GatewayError where the credential is refused. */
  explain? (credential: Facts['credential'], trace: (step: ExplainedStep) => void, signal: AbortSignal): Promise<Principal>
}

/** Something of which a configured identity stage makes principals. */
export interface IdentitySource {
  /** What it takes, in words: no two branches of a choice may take the same. */
  readonly takes: string
  /** True where the tenants of its principals are bounded by the configuration. */
  readonly isFenced: boolean
  /** Where it stands below the stage's `config`. */
  readonly path: ReadonlyArray<string | number>
}

/** Facts of the deployment that policies read as `data.gateway`. */
export interface PolicyData {
  readonly endpoints: Readonly<Record<string, unknown>>
  readonly models: Readonly<Record<string, unknown>>
  readonly tenants: Readonly<Record<string, unknown>> | null
  /** http routes by path, each with its endpoint. */
  readonly routes: Readonly<Record<string, unknown>>
  readonly taxonomy: { readonly levels: readonly string[] }
}

/** What each phase gets of the core, beside {@link Host}. */
export interface PhaseHosts {
  identity: Host & {
    readonly publicUrl: string | null
    readonly replay: ReplayStore
    /** Key of what callers must give back, such as nonces: all workers of a gateway have the same. */
    readonly nonceKey?: Uint8Array
  }
  limit: Host & {
    readonly counters: CounterStore
    /** The highest prices, US dollars per million tokens, among the endpoints that may serve a model on a protocol; null where none is known. */
    dearest (model: string | null, protocol: string): { readonly input: number, readonly output: number } | null
  }
  classify: Host
  policy: Host & { readonly authority: DecisionAuthority, readonly policyData: PolicyData, readonly events: PolicyEvents }
  audit: Host & { readonly commit: AuditCommit }
  route: Host & { readonly health: EndpointHealth, readonly limits: EndpointLimits }
  response: Host & {
    readonly detectors: AnswerDetectors
    /** Key of the redaction operator `hash`; without one it blocks. */
    readonly hashKey?: Uint8Array | KeyObject
    /** Key of the redaction operator `encrypt`; without one it blocks. */
    readonly redactionKey?: SecretKey
  }
}

/** What a plugin's own check gets: what is known before anything is opened. */
export interface CheckHost {
  readonly folder: string
  readonly data: string
  readonly publicUrl: string | null
  readonly taxonomy: readonly string[]
  readonly policyData: PolicyData
}

/** Something a plugin refuses in its configuration, or in files that it names. */
export interface PluginFault {
  readonly message: string
  /** What would cure it. */
  readonly fix: string
  /** Where it stands below the stage's `config`; left out: the whole of it. */
  readonly path?: ReadonlyArray<string | number>
  /** A place in another file, lines and columns from 1. */
  readonly place?: { readonly file: string, readonly line: number, readonly column: number }
  readonly code?: GatewayErrorCode
}

/**
 * The declaration of a plugin. The validator works from these fields alone, and the runner refuses a stage whose
 * behaviour differs from them.
 */
export interface Plugin<P extends Phase = Phase, R extends Ceiling<P> = Ceiling<P>, W extends Grants<P> = Grants<P>> {
  /** Namespaced by phase: `identity.jwt`. */
  readonly name: `${P}.${string}`
  readonly version: string
  readonly phase: P
  readonly reads: readonly R[]
  readonly provides: readonly W[]
  /** Classify plugins: true where text leaves the gateway. Its stages say what of it never does (`never`). */
  readonly external?: boolean
  readonly configSchema: JsonSchema
  /** Finds what the schema cannot say, without opening anything. `sallyport check` and every start ask it. */
  check? (config: never, host: CheckHost): Promise<readonly PluginFault[]> | readonly PluginFault[]
  /** Identity plugins: what a stage so configured takes. `sallyport check` asks it of the branches of a choice. */
  sources? (config: never): readonly IdentitySource[]
  setup (config: never, host: PhaseHosts[P]): Promise<Stage<R, W> & IdentityStage> | (Stage<R, W> & IdentityStage)
}

/** Types a plugin's declaration and freezes it. Nothing registers itself: name the file under `plugins:`. */
export function definePlugin<Config, P extends Phase, const R extends Ceiling<P>, const W extends Grants<P>> (
  plugin: Omit<Plugin<P, R, W>, 'name' | 'setup' | 'check' | 'sources'> & {
    readonly name: `${NoInfer<P>}.${string}`
    sources? (config: Config): readonly IdentitySource[]
    check? (config: Config, host: CheckHost): Promise<readonly PluginFault[]> | readonly PluginFault[]
    setup (config: Config, host: PhaseHosts[P]): Promise<Stage<R, W> & IdentityStage> | (Stage<R, W> & IdentityStage)
  }
): Plugin<P, R, W> {
  return Object.freeze({
    ...plugin,
    reads: Object.freeze([...plugin.reads]),
    provides: Object.freeze([...plugin.provides])
  }) as unknown as Plugin<P, R, W>
}

/** @param kept what `settle` of this run is to get back */
export function proceed<W extends keyof ProvidedFacts> (facts: Readonly<Pick<ProvidedFacts, W>>, kept?: object): StageResult<W> {
  return kept === undefined ? { kind: 'continue', facts } : { kind: 'continue', facts, kept }
}

export function halt (error: GatewayError): { readonly kind: 'halt', readonly error: GatewayError } {
  return { kind: 'halt', error }
}

export type { Principal }

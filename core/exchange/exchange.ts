/** One request under way: what was received, what was decided, what was sent, and how it ended. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Logger } from 'pino'
import type { AuditLog } from '../audit/client.ts'
import type { BodyKeys } from '../enforce/body-keys.ts'
import type { SecretKey } from '../enforce/key-file.ts'
import type { Mac, MacKey } from '../enforce/mac.ts'
import type { Pseudonyms } from '../enforce/pseudonyms.ts'
import type { Attempt, EndpointChoice, Unscanned } from '../pipeline/facts.ts'
import type { PipelineRun } from '../pipeline/run.ts'
import type { AnswerReading, RawRequest, RequestReading, SendableReading } from '../protocol/contract.ts'
import type { Route, Runtime } from '../runtime.ts'
import type { SettleResult } from '../pipeline/plugin.ts'
import type { Narrowing } from './narrowing.ts'
import type { TokenCount } from './token-count.ts'
import type { Strangers } from './strangers.ts'
import type { UnderWay } from './under-way.ts'
import type { Metrics } from '../http/metrics.ts'
import type { EndpointStates } from '../endpoints/states.ts'
import type { Store } from '../store/contract.ts'

/** What every exchange uses of the gateway. */
export interface ExchangeServices {
  readonly log: Logger
  readonly audit: AuditLog
  /** Key of the operator `hash` and of affinities. */
  readonly macKey: MacKey
  /** Keys of the MACs in records. */
  readonly bodyKeys: BodyKeys
  /** Key of pseudonyms and of the operator `encrypt`. */
  readonly redactionKey: SecretKey
  readonly strangers: Strangers
  readonly metrics: Metrics
  readonly states: EndpointStates
  readonly store: Store
  readonly underWay: UnderWay
  nowMs (): number
}

/** One dial, as the outcome record tells it. */
export interface AttemptRecord extends Attempt {
  readonly model: string | null
  readonly mac: Mac | null
}

export interface ResponseRecord {
  readonly mac: Mac
  readonly decision: 'permit' | 'redact' | 'block'
  readonly reasons: readonly string[]
  readonly redactions: number
  readonly marked: readonly string[]
  readonly unscanned: readonly string[]
  readonly holdOverflow: boolean
  readonly classification: string
  readonly mode: 'incremental' | 'buffer' | 'observe'
}

export interface Exchange {
  readonly id: string
  readonly receivedMs: number
  readonly runtime: Runtime
  readonly route: Route
  readonly services: ExchangeServices
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  readonly run: PipelineRun
  /** Aborted when the caller is gone or the time for the whole request is over. */
  readonly signal: AbortSignal
  /** True where a configured proxy holds the connection. */
  readonly isProxied: boolean
  /** Path and query as sent. */
  readonly path: string
  readonly query: string
  readonly trace: string | null
  /** True once the body was opened, or could not be. */
  opened: boolean
  narrowing: Narrowing | null
  /** The body as received, and what the protocol read of it: let go when the decision is on record. */
  raw: RawRequest | null
  reading: RequestReading | null
  received: Mac | null
  /** Key of this exchange's MACs, once one was made (body-key.ts). */
  bodyKey: MacKey | null
  /** The body that was judged: after redaction, before the model's name is replaced. */
  judged: RawRequest | null
  judgedReading: SendableReading | null
  dispatched: Mac | null
  /** Issued by this request's redaction; null where it issued none. */
  pseudonyms: Pseudonyms | null
  /** The configured name of the model asked for. */
  model: string | null
  /** Input tokens; null before the body was opened. */
  tokens: TokenCount | null
  unscanned: readonly Unscanned[]
  /** True once a decision record of this exchange is durable. */
  recorded: boolean
  attempts: AttemptRecord[]
  /** Copies to further endpoints: those that go on have neither status nor error. */
  readonly mirrors: AttemptRecord[]
  choice: EndpointChoice | null
  answer: AnswerReading | null
  response: ResponseRecord | null
  usage: SettleResult['usage']
  /** Seconds that the last rate-limited endpoint asked to wait. */
  retryAfterSeconds: number | null
  /** The HTTP status that the caller gets, once known. */
  status: number | null
}

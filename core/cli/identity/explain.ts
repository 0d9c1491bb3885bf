import { toGatewayError, type GatewayError } from '../../errors.ts'
import { narrowRole } from '../../exchange/narrowing.ts'
import { chooseBranch } from '../../pipeline/choose.ts'
import type { Credential, Principal } from '../../pipeline/facts.ts'
import type { ExplainedStep } from '../../pipeline/plugin.ts'
import type { ReadyStage } from '../../pipeline/run.ts'
import { PrincipalsData } from '../../principals/data.ts'
import { pino } from 'pino'
import { configurationOption, exitCodes, print, UsageError, type Command, type Words } from '../command.ts'
import { configurationOf } from '../configuration.ts'
import { readInput } from '../standard-input.ts'
import { readPasted } from './pasted.ts'
import { identityStages } from './stages.ts'

export const command: Command = {
  name: 'identity explain',
  usage: `usage: sallyport identity explain [--config FILE] [--pipeline NAME] [--method METHOD] [--path PATH] [--role NAME] < credential

Says step by step what of a credential is accepted or refused, and why. The credential comes from standard input: a token or
an API key alone, header lines (Authorization: ..., DPoP: ..., X-Api-Key: ...), a client certificate as PEM, or all of them. A
certificate's chain is taken as verified. No credential is printed.

  --config FILE     the configuration; default ./sallyport.yaml
  --pipeline NAME   which one, where there are several
  --method METHOD   of the request, for proofs; default POST
  --path PATH       of the request, with its query; default /v1/chat/completions
  --role NAME       the role asked for (sallyport-role)

exit codes: 0 accepted, 1 refused, 2 usage, 78 the configuration is refused

example: sallyport token | sallyport identity explain`,
  options: { ...configurationOption, pipeline: { type: 'string' }, method: { type: 'string' }, path: { type: 'string' }, role: { type: 'string' } },
  positionals: { least: 0, most: 0 },
  async run (words) {
    const configuration = configurationOf(words)
    const closing = new AbortController()
    try {
      const stages = await identityStages(configuration, words.text('pipeline'), closing.signal)
      const credential = readPasted(await readInput(), requestOf(words, configuration.publicUrl))
      const principals = configuration.principals === null ? null : await PrincipalsData.open(configuration.principals, pino({ level: 'silent' }), closing.signal)
      return await explain(stages, credential, principals, closing.signal)
    } finally {
      closing.abort()
    }
  }
}

function requestOf (words: Words, publicUrl: string | null): Parameters<typeof readPasted>[1] {
  const path = words.text('path') ?? '/v1/chat/completions'
  const base = publicUrl ?? 'http://gateway.invalid'
  if (!path.startsWith('/') || !URL.canParse(path, base)) throw new UsageError(`--path ${path} is no path`)
  return { method: words.text('method') ?? 'POST', url: new URL(path, base), publicUrl, role: words.text('role') }
}

async function explain (stages: readonly ReadyStage[], credential: Credential, principals: PrincipalsData | null, signal: AbortSignal): Promise<number> {
  const steps: ExplainedStep[] = []
  try {
    const stage = choose(stages, credential, steps)
    if (stage.stage.explain === undefined) throw new UsageError(`${stage.name} explains nothing`)
    const verified = await stage.stage.explain(credential, step => { steps.push(step) }, signal)
    steps.push({ step: 'role', detail: 'roles from outside are added, and the role asked for is one of them' })
    const principal = narrowRole(principals?.complete(verified) ?? verified, credential.role)
    printSteps(steps, null)
    printPrincipal(principal)
    return exitCodes.ok
  } catch (thrown) {
    if (thrown instanceof UsageError) throw thrown
    printSteps(steps, toGatewayError(thrown, 'GW_IDENTITY_INVALID'))
    return exitCodes.no
  }
}

function choose (stages: readonly ReadyStage[], credential: Credential, steps: ExplainedStep[]): ReadyStage {
  const [only, second] = stages
  if (only === undefined) throw new UsageError('the pipeline has no identity stage')
  if (second === undefined) return only
  steps.push({ step: 'branch', detail: 'one of the choice takes such a credential' })
  const chosen = chooseBranch(stages, credential)
  steps.push({ step: chosen.name, detail: 'takes it' })
  return chosen
}

/** The last step is the one that refused. */
function printSteps (steps: readonly ExplainedStep[], error: GatewayError | null): void {
  const width = Math.max(...steps.map(({ step }) => step.length), 'refused'.length)
  for (const [index, { step, detail }] of steps.entries()) {
    const isRefused = error !== null && index === steps.length - 1
    print(`${isRefused ? 'no ' : 'yes'}  ${step.padEnd(width)}  ${detail}`)
  }
  if (error !== null) print(`     ${'refused'.padEnd(width)}  ${error.code} (${error.status}): ${error.detail ?? error.message}`)
}

function printPrincipal (principal: Principal): void {
  const list = (texts: readonly string[]): string => texts.length === 0 ? 'none' : texts.join(', ')
  const rows: ReadonlyArray<readonly [string, string]> = [
    ['type', principal.type],
    ['issuer', principal.issuer],
    ['subject', principal.subject],
    ['tenant', principal.tenant ?? 'none'],
    ['roles', list(principal.roles)],
    ['role in effect', principal.role ?? 'none'],
    ['groups', list(principal.groups)],
    ['actors', list(principal.actors.map(({ id, issuer }) => issuer === principal.issuer ? id : `${id} of ${issuer}`))],
    ['method', principal.method],
    ['bound to', principal.confirmation ?? 'nothing'],
    ['transaction', principal.transaction ?? 'none'],
    ['expires', principal.expiresMs === null ? 'never' : new Date(principal.expiresMs).toISOString()]
  ]
  print('')
  for (const [name, value] of rows) print(`     ${name.padEnd(14)}  ${value}`)
}

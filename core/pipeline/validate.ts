/**
 * The validator: follows a pipeline as data flow and proves that every fact is there, on every path, before a stage reads
 * it. The order is not a list kept here: it follows from what phases must read, may read and may provide.
 */
import type { Fault, Path, PipelineConfig, PipelineEntry, StageEntry } from '../config/types.ts'
import type { GatewayErrorCode } from '../errors.ts'
import type { FactName } from './facts.ts'
import { decidedFacts, dispatchNeeds, ingressFacts, joinedFacts, openedFacts, phases, type PhaseRule } from './phases.ts'
import type { Plugin } from './plugin.ts'
import type { Proof, ProvenStep, Source } from './proof.ts'

export type Declaration = Pick<Plugin, 'name' | 'version' | 'phase' | 'reads' | 'provides' | 'external'>

export interface Validation {
  readonly faults: readonly Fault[]
  /** Null where there is any fault. */
  readonly proof: Proof | null
}

type Add = (code: GatewayErrorCode, path: Path, message: string, fix: string) => void

interface Flow {
  /** Facts that stand on every path, and who provided them last. */
  readonly certain: Map<FactName, string>
  /** Facts that stand only where an optional stage did not fail, and that stage. */
  readonly uncertain: Map<FactName, OptionalStage>
  /** Stages that have found, within the gateway and on every path, what may not leave it. */
  readonly looked: Set<string>
  /** Facts whose absence has been told: what only follows from it is not told again. */
  readonly missed: Set<FactName>
}

interface OptionalStage { readonly plugin: string, readonly path: Path }

/** Facts that may be provided several times: joined ones, and `response`, where stages chain. */
const repeatable: readonly FactName[] = [...joinedFacts, 'response']

/**
 * Proves one pipeline, all of whose plugins are known.
 * @param find declarations by plugin name
 */
export function validatePipeline (config: PipelineConfig, find: (name: string) => Declaration | undefined, placeOf: (path: Path) => Pick<Fault, 'file' | 'line' | 'column'>): Validation {
  const faults: Fault[] = []
  const add: Add = (code, path, message, fix) => { faults.push({ code, ...placeOf(path), message, fix }) }
  const flow: Flow = { certain: new Map(ingressFacts.map(fact => [fact, 'core'])), uncertain: new Map(), looked: new Set(), missed: new Set() }
  const providers = providersOf(config, find)
  const steps = config.entries.map(entry => stepThrough(entry, flow, find, providers, add))
  const dispatch = dispatchNeeds.flatMap(fact => needAtEnd(fact, config.path, flow, 'dispatch', add))
  const [leaves] = needAtEnd('response', config.path, flow, 'the answer', add)
  return { faults, proof: faults.length > 0 || leaves === undefined ? null : { steps, dispatch, leaves } }
}

/** Which stages provide a fact anywhere in the pipeline: so that a fault can say what comes too late. */
function providersOf (config: PipelineConfig, find: (name: string) => Declaration | undefined): Map<FactName, string> {
  const providers = new Map<FactName, string>()
  for (const entry of config.entries) {
    for (const { plugin } of 'any' in entry ? entry.any : [entry]) {
      for (const fact of find(plugin)?.provides ?? []) providers.set(fact, plugin)
    }
  }
  if (providers.has('principal')) for (const fact of openedFacts) if (!providers.has(fact)) providers.set(fact, providers.get('principal') ?? '')
  return providers
}

function stepThrough (entry: PipelineEntry, flow: Flow, find: (name: string) => Declaration | undefined, providers: ReadonlyMap<FactName, string>, add: Add): ProvenStep {
  const branches = 'any' in entry ? entry.any : [entry]
  const known = branches.flatMap(branch => {
    const declaration = find(branch.plugin)
    return declaration === undefined ? [] : [{ branch, declaration }]
  })
  if ('any' in entry) checkChoice(known, add)
  const stages = known.map(({ branch, declaration }) => {
    checkDeclaration(branch, declaration, add)
    checkExternal(branch, declaration, flow, add)
    return { plugin: declaration.name, version: declaration.version, phase: declaration.phase, optional: branch.optional, reads: readAll(branch, declaration, flow, providers, add), provides: [...declaration.provides] }
  })
  for (const [index, { branch, declaration }] of known.entries()) if (index === 0) provideAll(branch, declaration, flow, add)
  return { stages, then: giveWhatFollows(flow) }
}

/** Text leaves the gateway for a detector elsewhere only once one within has looked at it. */
function checkExternal ({ optional, path }: StageEntry, { name, phase, external = false }: Declaration, { looked }: Flow, add: Add): void {
  if (external && looked.size === 0) add('GW_PIPELINE_EXTERNAL_FIRST', path, `${name} sends text away before any detector of the gateway has looked at it`, 'put a classify stage that is not external, nor optional, before it')
  if (phase === 'classify' && !external && !optional) looked.add(name)
}

interface Known { readonly branch: StageEntry, readonly declaration: Declaration }

/** A choice provides what all its branches provide, and is one of identity stages alone. */
function checkChoice (known: readonly Known[], add: Add): void {
  const [first] = known
  for (const { branch, declaration } of known) {
    if (declaration.phase !== 'identity') add('GW_PIPELINE_ANY_INCOMPLETE', branch.path, `${declaration.name} stands in a choice, which only identity stages may`, 'put it into the pipeline by itself')
    else if (branch.optional) add('GW_PIPELINE_OPTIONAL_PROVIDER', branch.path, `${declaration.name} is optional within a choice`, 'remove optional')
    else if (first !== undefined && !sameFacts(first.declaration.provides, declaration.provides)) add('GW_PIPELINE_ANY_INCOMPLETE', branch.path, `${declaration.name} does not provide what ${first.declaration.name} does`, 'let every branch provide the same facts')
  }
}

function sameFacts (a: readonly FactName[], b: readonly FactName[]): boolean {
  return a.length === b.length && a.every(fact => b.includes(fact))
}

/** floor ⊆ reads ⊆ ceiling, provides ⊆ grants. */
function checkDeclaration ({ path }: StageEntry, { name, phase, reads, provides }: Declaration, add: Add): void {
  const { floor, ceiling, grants }: PhaseRule = phases[phase]
  for (const fact of floor) {
    if (!(reads as readonly FactName[]).includes(fact)) add('GW_PIPELINE_BELOW_FLOOR', path, `${name} does not read ${fact}, which the phase ${phase} must`, `declare ${fact} in its reads`)
  }
  if (provides.length === 0) add('GW_PIPELINE_BELOW_FLOOR', path, `${name} provides nothing`, `declare what it provides: ${grants.join(', ')}`)
  for (const fact of reads) {
    if (!ceiling.includes(fact)) add('GW_PIPELINE_ABOVE_CEILING', path, `${name} reads ${fact}, which the phase ${phase} may not`, `remove ${fact} from its reads`)
  }
  for (const fact of provides) {
    if (!grants.includes(fact)) add('GW_PIPELINE_ABOVE_CEILING', path, `${name} provides ${fact}, which the phase ${phase} may not`, `remove ${fact} from what it provides`)
  }
}

function readAll ({ path }: StageEntry, { name, reads }: Declaration, flow: Flow, providers: ReadonlyMap<FactName, string>, add: Add): Source[] {
  return reads.flatMap(fact => {
    const from = need(fact, flow, `${name} reads it`, add)
    if (from !== null) return [{ fact, from }]
    flow.missed.add(fact)
    const later = providers.get(fact)
    const fix = later === undefined ? `add a stage that provides ${fact}` : `put ${name} after ${later}`
    add('GW_PIPELINE_READ_BEFORE_PROVIDED', path, `${name} reads ${fact} before anything provides it`, fix)
    return []
  })
}

/** Who provides a fact on every path; null where nothing does. Where only an optional stage does, that stage is at fault. */
function need (fact: FactName, flow: Flow, why: string, add: Add): string | null {
  const certain = flow.certain.get(fact)
  if (certain !== undefined) return certain
  const maybe = flow.uncertain.get(fact)
  if (maybe === undefined) return null
  add('GW_PIPELINE_OPTIONAL_PROVIDER', maybe.path, `${maybe.plugin} is optional, but without it there is no ${fact}: ${why}`, 'remove optional')
  promote(maybe, flow)
  return maybe.plugin
}

/** A fault is told once: what else hangs on that stage is then taken as given. */
function promote (stage: OptionalStage, flow: Flow): void {
  for (const [fact, { plugin, path }] of flow.uncertain) {
    if (path !== stage.path) continue
    flow.uncertain.delete(fact)
    flow.certain.set(fact, plugin)
  }
}

function provideAll ({ optional, path }: StageEntry, { name, provides }: Declaration, flow: Flow, add: Add): void {
  for (const fact of provides as readonly FactName[]) {
    const closed = joinedFacts.includes(fact) && flow.certain.has('decision')
    const earlier = flow.certain.get(fact) ?? flow.uncertain.get(fact)?.plugin
    if (closed && flow.missed.has(fact)) continue
    if (closed) add('GW_PIPELINE_CLOSED', path, `${name} joins ${fact} after the decision`, 'put it before the policy stage')
    else if (earlier !== undefined && !repeatable.includes(fact)) add('GW_PIPELINE_DOUBLE_PROVIDER', path, `${name} provides ${fact}, which ${earlier} provides already`, 'remove one of the two')
    else if (optional) flow.uncertain.set(fact, { plugin: name, path })
    else flow.certain.set(fact, name)
  }
}

/** What the core gives as soon as what it rests on stands: the body is opened only when a principal does. */
function giveWhatFollows (flow: Flow): FactName[] {
  return [
    ...give(openedFacts, ['principal'], flow),
    ...give(decidedFacts, ['decision'], flow),
    ...give(['answer'], dispatchNeeds, flow)
  ]
}

function give (facts: readonly FactName[], needs: readonly FactName[], flow: Flow): FactName[] {
  const missing = needs.filter(fact => !flow.certain.has(fact))
  const fresh = facts.filter(fact => !flow.certain.has(fact))
  const [stage] = missing.flatMap(fact => flow.uncertain.get(fact) ?? [])
  if (missing.length === 0) for (const fact of fresh) flow.certain.set(fact, 'core')
  else if (stage !== undefined && missing.every(fact => flow.uncertain.has(fact))) for (const fact of fresh) flow.uncertain.set(fact, stage)
  return missing.length === 0 ? fresh : []
}

function needAtEnd (fact: FactName, path: Path, flow: Flow, who: string, add: Add): Source[] {
  const from = need(fact, flow, `${who} needs it`, add)
  if (from !== null) return [{ fact, from }]
  if (!flow.missed.has(fact)) add('GW_PIPELINE_INCOMPLETE', path, `the pipeline ends without ${fact}, which ${who} needs`, `add a stage that provides ${fact}`)
  return []
}

/** The classify stages of a pipeline on their own: what `classify` runs over texts that are no requests. */
import { join } from 'node:path'
import { pino } from 'pino'
import { checkLoaded, shippedRegistry } from '../config/check.ts'
import type { Configuration, PipelineConfig } from '../config/types.ts'
import type { ExplainedFinding, Finding, Host, Leaf, Plugin, Prompt, Stage } from '../pipeline/plugin.ts'
import { UsageError, type Words } from './command.ts'
import { configurationOf } from './configuration.ts'
import { RefusedConfiguration } from './faults.ts'

export type TextFinding = Omit<Finding, 'leaf'>

/** What the stages say of a text, as they would of a request's. */
export interface Classified {
  /** In the order of the text, by its units. */
  readonly findings: readonly TextFinding[]
  /** The highest tag that any stage gives. */
  readonly tag: string
}

export interface Detectors {
  /** @param parts a text in pieces, each a leaf of its own: offsets count over all of them, joined */
  classify (parts: readonly string[]): Promise<Classified>
  /** Findings of whole texts, with their reasons. */
  explain (text: string): readonly ExplainedFinding[]
  close (): Promise<void>
}

/** What runs where no configuration is named. */
const shippedDetectors = 'classify.patterns'
const shippedTaxonomy = ['public', 'internal', 'confidential', 'restricted']

type ClassifyStage = Stage<'prompt', 'classification'>

/** Sets up the stages that the words name. Throws {@link RefusedConfiguration}, {@link UsageError}. */
export async function detectorsFor (words: Words): Promise<Detectors> {
  if (words.text('config') !== null) return await configuredDetectors(configurationOf(words), words.text('pipeline'))
  if (words.text('pipeline') !== null) throw new UsageError('--pipeline needs --config')
  const plugin = shippedRegistry().plugin(shippedDetectors)
  if (plugin === undefined) throw new Error(`${shippedDetectors} is not there`)
  const host = { folder: process.cwd(), data: join(process.cwd(), 'data'), taxonomy: shippedTaxonomy }
  return await setUp([{ plugin, config: {} }], host)
}

async function configuredDetectors (configuration: Configuration, asked: string | null): Promise<Detectors> {
  const { faults, registry } = await checkLoaded(configuration)
  if (faults.length > 0) throw new RefusedConfiguration(faults)
  const stages = choosePipeline(configuration, asked).entries.flatMap(entry => 'any' in entry ? [] : [entry])
  return await setUp(stages.flatMap(({ plugin, config }) => {
    const found = registry.plugin(plugin)
    return found?.phase === 'classify' ? [{ plugin: found, config }] : []
  }), configuration)
}

function choosePipeline ({ pipelines }: Configuration, asked: string | null): PipelineConfig {
  const names = [...pipelines.keys()]
  const chosen = asked === null && names.length === 1 ? names[0] : asked ?? 'default'
  const pipeline = pipelines.get(chosen ?? '')
  if (pipeline === undefined) throw new UsageError(`name one of the pipelines with --pipeline (${names.join(', ')})`)
  return pipeline
}

interface Named { readonly plugin: Plugin, readonly config: Readonly<Record<string, unknown>> }

async function setUp (named: readonly Named[], { folder, data, taxonomy }: Pick<Host, 'folder' | 'data' | 'taxonomy'>): Promise<Detectors> {
  const closing = new AbortController()
  const host: Host = { log: pino({ level: 'silent' }), folder, data, taxonomy, closing: closing.signal }
  const stages: ClassifyStage[] = []
  const close = async (): Promise<void> => {
    closing.abort()
    await Promise.allSettled(stages.map(async stage => { await stage.close?.() }))
  }
  try {
    for (const { plugin, config } of named) stages.push(await setUpStage(plugin, config, host))
  } catch (thrown) {
    await close()
    throw thrown
  }
  return {
    classify: async parts => await classify(stages, taxonomy, parts, closing.signal),
    explain: text => stages.flatMap(stage => [...stage.explainText?.(text, []) ?? []]).sort(byPlace),
    close
  }
}

async function classify (stages: readonly ClassifyStage[], taxonomy: readonly string[], parts: readonly string[], signal: AbortSignal): Promise<Classified> {
  const prompt: Prompt = { leaves: parts.map((text, index) => leafOf(text, parts.length === 1 ? [] : [String(index)])) }
  const found: TextFinding[] = []
  const tags: string[] = []
  for (const stage of stages) {
    const result = await stage.run({ prompt }, signal)
    if (result.kind === 'halt') throw result.error
    const { findings, tag } = result.facts.classification
    found.push(...joined(findings, parts))
    tags.push(tag)
  }
  return { findings: found.sort(byPlace), tag: highest(taxonomy, tags) }
}

function leafOf (text: string, path: readonly string[]): Leaf {
  return { path, pattern: path.length === 0 ? '' : '/*', place: 'body', kind: 'string', text, start: 0, end: 0 }
}

/** By the units of all parts together; what goes on from one part to the next is one finding. */
function joined (findings: readonly Finding[], parts: readonly string[]): TextFinding[] {
  const offsets = parts.map((_part, index) => parts.slice(0, index).reduce((sum, { length }) => sum + length, 0))
  const all: TextFinding[] = []
  for (const { leaf, start, end, ...rest } of findings) {
    const offset = offsets[leaf] ?? 0
    const last = all.at(-1)
    const goesOn = start === 0 && last?.label === rest.label && last.end === offset && last.confidence === rest.confidence
    if (goesOn && last !== undefined) all[all.length - 1] = { ...last, end: offset + end }
    else all.push({ ...rest, start: offset + start, end: offset + end })
  }
  return all
}

function byPlace (a: TextFinding, b: TextFinding): number {
  return a.start - b.start || b.end - a.end
}

type LoosePlugin = Plugin & { setup (config: unknown, host: Host): Promise<ClassifyStage> | ClassifyStage }

/** The registry has checked the configuration against the plugin's schema, which types cannot say. */
async function setUpStage (plugin: Plugin, config: unknown, host: Host): Promise<ClassifyStage> {
  return await (plugin as LoosePlugin).setup(config, host)
}

/** A level outside the taxonomy counts as the highest. */
function highest (levels: readonly string[], tags: readonly string[]): string {
  const ranks = tags.map(tag => levels.includes(tag) ? levels.indexOf(tag) : levels.length - 1)
  return levels[Math.max(0, ...ranks)] ?? ''
}

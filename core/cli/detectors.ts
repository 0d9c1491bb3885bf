/** The classify stages of a pipeline on their own: what `classify` runs over texts that are no requests. */
import { join } from 'node:path'
import { pino } from 'pino'
import { checkLoaded, shippedRegistry } from '../config/check.ts'
import type { Configuration, PipelineConfig } from '../config/types.ts'
import type { Finding, Host, Plugin, Stage } from '../pipeline/plugin.ts'
import { UsageError, type Words } from './command.ts'
import { configurationOf } from './configuration.ts'
import { RefusedConfiguration } from './faults.ts'

export type TextFinding = Omit<Finding, 'leaf'>

export interface Detectors {
  /** In the order of the text. */
  scan (text: string): readonly TextFinding[]
  /** The highest tag that any stage gives. */
  tag (findings: readonly TextFinding[]): string
  close (): Promise<void>
}

/** What runs where no configuration is named. */
const shippedDetectors = 'classify.patterns'
const shippedTaxonomy = ['public', 'internal', 'confidential', 'restricted']

type ClassifyStage = Stage<never, never>

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
    scan: text => stages.flatMap(stage => [...stage.scan?.(text, []) ?? []]).sort((a, b) => a.start - b.start || b.end - a.end),
    tag: findings => highest(taxonomy, stages.flatMap(stage => stage.tag === undefined ? [] : [stage.tag(findings)])),
    close
  }
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

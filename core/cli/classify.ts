import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { text as readAll } from 'node:stream/consumers'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { valueDigest } from '../enforce/distinct.ts'
import { openKeyFile } from '../enforce/key-file.ts'
import { configurationOption, exitCodes, print, UsageError, type Command } from './command.ts'
import { detectorsFor, type Detectors, type TextFinding } from './detectors.ts'
import type { ExplainedFinding, ExplainedStep } from '../pipeline/plugin.ts'

export const command: Command = {
  name: 'classify',
  usage: `usage: sallyport classify [--config FILE [--pipeline NAME]] [--json] [--explain] FILE|-
       sallyport classify --hash-values KEY FILE|-

Shows what the detectors find in a text, and the tag that it brings: where each value stands and what it is, never the
value. Without --config the detectors that ship run, as they are by default.

  --config FILE     use the classify stages of this configuration
  --pipeline NAME   of this pipeline, where there are several
  --json            NDJSON: {id, text} or {id, parts: [text, ..]} in, {id, tag, entities: [{type, start, end, confidence}]}
                    out; offsets in UTF-16 units of the text, or of all parts joined; confidence 0 to 1000

  --explain         why each was found: what it was decoded from, the rule, the words around it, the check

  --hash-values KEY prints, for each line of the file, the digest that a list of values holds in its place (\`values\` of a
                    custom detector); the first call makes the file of the key

exit codes: 0 classified, 1 a line that is no such object, 2 usage, 78 the configuration is refused

example: sallyport classify notes.txt`,
  options: { ...configurationOption, pipeline: { type: 'string' }, json: { type: 'boolean' }, explain: { type: 'boolean' }, 'hash-values': { type: 'string' } },
  positionals: { least: 1, most: 1 },
  async run (words) {
    const [file = '-'] = words.positionals
    const input = await openInput(file)
    const key = words.text('hash-values')
    if (key !== null) return await hashLines(input, key)
    const detectors = await detectorsFor(words)
    try {
      const explain = words.flag('explain')
      if (words.flag('json')) await classifyLines(input, detectors, explain)
      else print(await describe(await readAll(input), detectors, explain))
    } finally {
      await detectors.close()
    }
    return exitCodes.ok
  }
}

async function hashLines (input: Readable, keyFile: string): Promise<number> {
  const { secret } = openKeyFile(keyFile)
  for await (const line of createInterface({ input, crlfDelay: Infinity })) if (line.trim() !== '') print(valueDigest(secret, line))
  return exitCodes.ok
}

async function openInput (file: string): Promise<Readable> {
  if (file === '-') return process.stdin
  const isFile = await stat(file).then(entry => !entry.isDirectory(), () => false)
  if (!isFile) throw new UsageError(`there is no file ${file}`)
  return createReadStream(file)
}

async function classifyLines (input: Readable, detectors: Detectors, explain: boolean): Promise<void> {
  let number = 0
  for await (const line of createInterface({ input, crlfDelay: Infinity })) {
    number++
    if (line.trim() !== '') print(JSON.stringify(await classifyCase(readCase(line, number), detectors, explain)))
  }
}

interface Case { readonly id: unknown, readonly parts: readonly string[] }

interface Entity { readonly type: string, readonly start: number, readonly end: number, readonly confidence: number, readonly steps?: readonly ExplainedStep[] }

async function classifyCase ({ id, parts }: Case, detectors: Detectors, explain: boolean): Promise<{ readonly id: unknown, readonly tag: string, readonly entities: readonly Entity[] }> {
  const { findings, tag } = await detectors.classify(parts)
  const reasons = explain ? detectors.explain(parts.join('')) : null
  return { id, tag, entities: findings.map(finding => entityOf(finding, reasons)) }
}

function entityOf (finding: TextFinding, reasons: readonly ExplainedFinding[] | null): Entity {
  const { label, start, end, confidence } = finding
  const entity = { type: label, start, end, confidence }
  return reasons === null ? entity : { ...entity, steps: stepsOf(finding, reasons) }
}

/** Those of a stage that tells none, and of what was found across parts, are not known. */
function stepsOf ({ label, detector, start, end }: TextFinding, reasons: readonly ExplainedFinding[]): readonly ExplainedStep[] {
  return reasons.find(reason => reason.label === label && reason.detector === detector && reason.start === start && reason.end === end)?.steps ?? []
}

/** Throws an Error that names the line. */
function readCase (line: string, number: number): Case {
  const value = parse(line)
  if (typeof value !== 'object' || value === null || !('id' in value)) throw new Error(`line ${number} is no JSON object with an id`)
  const text = 'text' in value ? value.text : undefined
  const parts = 'parts' in value ? value.parts : undefined
  if (typeof text === 'string' && parts === undefined) return { id: value.id, parts: [text] }
  if (text === undefined && isTexts(parts)) return { id: value.id, parts }
  throw new Error(`line ${number} needs either text, a string, or parts, a list of strings`)
}

function parse (line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return null
  }
}

function isTexts (value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(item => typeof item === 'string')
}

/** A table for people. */
async function describe (text: string, detectors: Detectors, explain: boolean): Promise<string> {
  const { findings, tag } = await detectors.classify([text])
  if (findings.length === 0) return `nothing found\ntag: ${tag}`
  const rows = [['line:column', 'length', 'confidence', 'type'], ...findings.map(finding => row(finding, text))]
  const widths = rows.reduce<number[]>((most, cells) => cells.map((cell, index) => Math.max(cell.length, most[index] ?? 0)), [])
  const lines = rows.map(cells => cells.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join('  ').trimEnd())
  const reasons = explain ? detectors.explain(text) : []
  const told = lines.flatMap((line, index) => [line, ...explainLines(findings[index - 1], reasons)])
  return [...told, '', `tag: ${tag}`].join('\n')
}

function explainLines (finding: TextFinding | undefined, reasons: readonly ExplainedFinding[]): string[] {
  return finding === undefined ? [] : stepsOf(finding, reasons).map(({ step, detail }) => `    ${step.padEnd(8)} ${detail}`)
}

function row ({ label, start, end, confidence }: TextFinding, text: string): string[] {
  const lineStart = text.lastIndexOf('\n', start - 1) + 1
  const line = text.slice(0, lineStart).split('\n').length
  return [`${line}:${start - lineStart + 1}`, String(end - start), String(confidence), label]
}

/** Texts for measurements, the same in every run. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageFile } from '../../core/package.ts'
import { detectors } from '../../plugins/classify/patterns/detectors/index.ts'

const sentences = [
  'The committee met on Tuesday to go through the proposals that had come in since the spring, and put most of them off.',
  'Nobody had expected the river to rise so fast, yet by noon the lower road was under water and the school was closed.',
  'Please summarise the attached report in three short paragraphs and keep the tone friendly but precise.',
  'In 2024 the region exported 1,250 tonnes, about 14 % more than the year before, at an average price of 3.75 a kilo.',
  'Our order 4471-2209 left the warehouse on 12 March and should reach you within five working days.',
  'She thanked the nurse, paid at the desk, and asked whether the next appointment could be moved to a Thursday.'
]

const personal = [
  'You can reach Jane at jane.roe@example.com or call +1 415-555-2671 after six.',
  'The card 4111 1111 1111 1111 was charged twice, please refund it.',
  'Her social security number is 536-90-4399 and the account is DE89370400440532013000.',
  'The build server answers at 203.0.113.7 on port 8080.'
]

/** Deterministic, so that runs compare. */
function proseOf (units: number, every: number): string {
  const pieces: string[] = []
  let length = 0
  for (let index = 0; length < units; index++) {
    const piece = (index % every === every - 1 ? personal[(index / every | 0) % personal.length] : sentences[(index * 5 + 3) % sentences.length]) ?? ''
    pieces.push(piece)
    length += piece.length + 1
  }
  return pieces.join(' ')
}

/** This program's own sources. */
function codeOf (units: number): string {
  const folder = packageFile('core')
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(file => file.endsWith('.ts')).sort()
  let text = ''
  for (const file of files) {
    if (text.length > units) break
    text += readFileSync(join(folder, file), 'utf8')
  }
  return text.slice(0, units)
}

const megabyte = 1_000_000

export const texts = {
  prose: proseOf(megabyte, 8),
  clean: proseOf(megabyte, 8).replace(/[\d@]/g, 'x'),
  code: codeOf(megabyte / 4)
}

/** The strings of a small chat request, with their paths. */
export const chatTexts: ReadonlyArray<readonly [text: string, path: readonly string[]]> = [
  ['gpt-4o', ['model']], ['system', ['messages', '0', 'role']], ['You are a helpful assistant. Answer briefly.', ['messages', '0', 'content']],
  ['user', ['messages', '1', 'role']], ['What is the capital of France, and how far is it from the sea?', ['messages', '1', 'content']],
  ['assistant', ['messages', '2', 'role']], ['Paris; about 170 kilometres by road to the Channel.', ['messages', '2', 'content']],
  ['user', ['messages', '3', 'role']], [sentences.slice(0, 3).join(' '), ['messages', '3', 'content']],
  ['0.7', ['temperature']], ['256', ['max_tokens']], ['text', ['response_format', 'type']],
  ['chatcmpl-abc', ['id']], ['chat.completion', ['object']], ['1795400000', ['created']], ['gpt-4o', ['model']],
  ['0', ['choices', '0', 'index']], ['assistant', ['choices', '0', 'message', 'role']], [sentences[3] ?? '', ['choices', '0', 'message', 'content']], ['stop', ['choices', '0', 'finish_reason']]
]

/** Repeats that keep detectors busy and give them little: each anchor with what might go on, and dense runs of what patterns are made of. */
export function adversarial (): readonly string[] {
  const words = detectors.flatMap(({ anchor }) => 'words' in anchor ? anchor.words.flatMap(word => [word, `${word}=`, `${word} is a `, `${word}aB3`]) : [])
  const context = [...new Set(detectors.flatMap(detector => detector.context ?? []))].flatMap(word => [`${word} 1 `, `${word} 123456789 `])
  const shapes = [
    '1', 'a', 'A1', '1-', '1 ', '1.', 'a1:', '1:', '::1', '12/', 'a@', 'a@a.', '1@1.', '@', '4111 ', '4111-1111-', '(415) ', '+1 ', '+49 30 ', '00', '0x', 'AKIA', 'eyJ', 'eyJ.', '-----BEGIN ', '://', 'a://b:c@', '%41', '%25', '&#65;', '\\u0041', '=41',
    'aGVsbG8g', '68656c6c6f20', '４', '\u200b', 'é', '😀', '{"a":', '"', '```\n', 'x = y;\n', '123456789 ', '123-45-6789 ', '12345678901234567890', '1 2 3 4 5 6 7 8 9 ', 'A-1-', 'password=', 'password is x1 '
  ]
  return [...new Set([...shapes, ...words, ...context])]
}

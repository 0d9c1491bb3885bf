/** Source code: fenced blocks that look it, and runs of lines that do. Conservative: a page about programming is none. */
import type { Detector } from '../detector.ts'

/** Lines that prose does not have: their ends, their first words, their operators. */
const codeLine = /^\s{0,40}(?:import|from|export|def|class|function|const|let|var|return|if \(|for \(|while \(|#include|public|private|package|func|fn|use|SELECT|INSERT|UPDATE|else|try|catch|elif|@\w)\b|=>|:=|\w\(.{0,80}\)\s{0,4}[:{]?$| [=!+-]?= /

/** So many lines say what the rest is. */
const linesRead = 12

/** Of the first lines from `at` on: how many are not empty, and how many of those are code. */
function share (text: string, at: number): { readonly code: number, readonly all: number } {
  let code = 0
  let all = 0
  for (let from = at, end; from < text.length && all < linesRead; from = end + 1) {
    end = text.indexOf('\n', from)
    if (end === -1) end = text.length
    const line = text.slice(from, Math.min(end, from + 200))
    if (/^\s*(?:```)?\s*$/.test(line)) continue
    all++
    if (';{}'.includes(line.charAt(line.trimEnd().length - 1)) || codeLine.test(line)) code++
  }
  return { code, all }
}

/** At least three lines of code, and most of all lines that are not empty. */
function weighBlock (value: string): number {
  const { code, all } = share(value, value.indexOf('\n') + 1)
  return code >= 3 && code * 10 >= all * 6 ? 600 : 0
}

/** Marks of a language, of which a run of code has several. */
const marks = [/^\s*(?:import|from|#include|using|package|require)\b/m, /\b(?:function|def|func|fn|class|interface|struct)\b/, /\b(?:const|let|var|int|string|void|public|private)\b/, /[{};]\s*$/m, /=>|:=|->|::|\+=|===?/, /\breturn\b/]

/** Without a fence there must be more of it. */
function weighRun (value: string): number {
  const { code, all } = share(value, 0)
  return code >= 6 && code * 10 >= all * 6 && marks.filter(mark => mark.test(value)).length >= 3 ? 560 : 0
}

/** Words that begin a block of code: at the head of a text, after an empty line, or after a colon. */
const firstWords = ['import ', 'from ', 'export ', 'def ', 'class ', 'function ', 'async function', 'public class', '#include', 'package ', 'using ', 'fn ', 'pub fn', 'func ']

export const code: readonly Detector[] = [
  {
    label: 'source_code',
    anchor: { kind: 'words', words: ['```'] },
    pattern: /```[A-Za-z+#.-]{0,20}\r?\n(?:[^`]|`(?!``)){20,16384}(?:```)?/y,
    hold: 32,
    weigh: weighBlock
  },
  {
    label: 'source_code',
    anchor: { kind: 'words', words: firstWords },
    pattern: /(?<=(?:^|(?:\n|:)[ \t\r]{0,8}\n))(?:import|from|export|def|class|async function|function|public|#include|package|using|pub fn|fn|func)\b[^\n]{1,200}[;:{(,'")>\w]\r?(?:\n[^\n]{0,200}){5,20}/y,
    trim: value => value.trimEnd().length,
    isOfRequests: true,
    weigh: weighRun
  }
]

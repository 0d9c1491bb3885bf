/** Source code: fenced blocks that look it, and runs of lines that do. Conservative: a page about programming is none. */
import type { Detector } from '../detector.ts'

/** Lines that prose does not have: their ends, their first words, their operators. */
const codeLine = /[;{}]\s{0,4}$|^\s{0,40}(?:import|from|export|def|class|function|const|let|var|return|if \(|for \(|while \(|#include|public|private|package|func|fn|use|SELECT|INSERT|UPDATE|else|try|catch|elif|@\w)\b|=>|:=|\w\(.{0,80}\)\s{0,4}[:{]?$| [=!+-]?= /

function share (lines: readonly string[]): { readonly code: number, readonly all: number } {
  const written = lines.filter(line => !/^\s*(?:```)?\s*$/.test(line.slice(0, 200)))
  return { code: written.filter(line => codeLine.test(line.slice(0, 200))).length, all: written.length }
}

/** At least three lines of code, and most of all lines that are not empty. */
function weighBlock (value: string): number {
  const { code, all } = share(value.split('\n').slice(1))
  return code >= 3 && code * 10 >= all * 6 ? 600 : 0
}

/** Marks of a language, of which a run of code has several. */
const marks = [/^\s*(?:import|from|#include|using|package|require)\b/m, /\b(?:function|def|func|fn|class|interface|struct)\b/, /\b(?:const|let|var|int|string|void|public|private)\b/, /[{};]\s*$/m, /=>|:=|->|::|\+=|===?/, /\breturn\b/]

/** Without a fence there must be more of it. */
function weighRun (value: string): number {
  const { code, all } = share(value.split('\n'))
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

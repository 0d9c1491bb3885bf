/** Source code: fenced blocks that look it. Conservative: a page about programming is none. */
import type { Detector } from '../detector.ts'

/** Lines that prose does not have: their ends, their first words, their operators. */
const codeLine = /[;{}]\s{0,4}$|^\s{0,40}(?:import|from|export|def|class|function|const|let|var|return|if \(|for \(|while \(|#include|public|private|package|func|fn|use|SELECT|INSERT|UPDATE)\b|=>|:=|\w\(.{0,80}\)\s{0,4}[:{]?$| [=!+-]?= /

/** At least three lines of code, and most of all lines that are not empty. */
function weighBlock (value: string): number {
  const lines = value.split('\n').slice(1).filter(line => !/^\s*(?:```)?\s*$/.test(line.slice(0, 200)))
  const code = lines.filter(line => codeLine.test(line.slice(0, 200))).length
  return code >= 3 && code * 10 >= lines.length * 6 ? 600 : 0
}

export const code: readonly Detector[] = [
  {
    label: 'source_code',
    anchor: { kind: 'words', words: ['```'] },
    pattern: /```[A-Za-z+#.-]{0,20}\r?\n(?:[^`]|`(?!``)){20,16384}(?:```)?/y,
    hold: 32,
    weigh: weighBlock
  }
]

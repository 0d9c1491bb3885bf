/** Markings of export control: `export`. The words of the marking count, not talk about it. */
import type { Detector } from '../detector.ts'

function marking (words: readonly string[], pattern: RegExp, confidence: number): Detector {
  return { label: 'export.marking', anchor: { kind: 'words', words }, pattern, weigh: () => confidence }
}

export const markings: readonly Detector[] = [
  marking(['export controlled', 'export control'], /(?<!\w)(?:EXPORT[ -]CONTROLLED|EXPORT CONTROL WARNING)(?!\w)/y, 900),
  marking(['export controlled'], /(?<!\w)(?:[Ee]xport[ -][Cc]ontrolled (?:information|technical|data|material|document|technology)|Export[ -]Controlled)(?!\w)/y, 700),
  marking(['itar'], /(?<!\w)ITAR(?:[ -](?:[Cc]ontrolled|CONTROLLED|[Rr]estricted|RESTRICTED|[Dd]ata|DATA|[Tt]echnical [Dd]ata|TECHNICAL DATA))(?!\w)/y, 900),
  marking(['subject to the itar', 'subject to itar', 'subject to the international traffic in arms', 'controlled under itar'], /(?:[Ss]ubject to|SUBJECT TO|[Cc]ontrolled under) (?:(?:the|THE) )?(?:ITAR|[Ii]nternational [Tt]raffic [Ii]n [Aa]rms|INTERNATIONAL TRAFFIC IN ARMS)(?: (?:[Rr]egulations?|REGULATIONS?))?/y, 850),
  marking(['itar'], /(?<=(?:^|\n|\[|\/\/|\()[ *#]{0,4})ITAR(?=[ *]{0,4}(?:$|\n|\]|\/\/|\)|:))/y, 850),
  marking(['ear99'], /(?<!\w)EAR99(?!\w)/y, 700),
  marking(['eccn'], /(?<!\w)ECCN[\s:#=]{1,4}(?:is )?\d[A-E]\d{3}(?:\.[a-z](?:\.\d{1,2})?)?(?!\w)/y, 900),
  marking(['usml'], /(?<!\w)USML (?:[Cc]ategory|CATEGORY|[Cc]at\.?) [IVX]{1,5}(?:\([a-z]\))?/y, 900),
  marking(['noforn'], /(?<!\w)NOFORN(?!\w)/y, 850),
  marking(['rel to usa'], /(?<!\w)REL TO USA(?:, [A-Z]{3,4}){0,16}/y, 850),
  marking(['cui//'], /(?<!\w)CUI\/\/[A-Z]{2,8}(?:[-/][A-Z]{2,8}){0,6}/y, 900),
  marking(['distribution statement'], /(?:DISTRIBUTION STATEMENT|Distribution Statement) [B-F](?!\w)/y, 900),
  marking(['technical data'], /(?:[Tt]echnical [Dd]ata|TECHNICAL DATA)(?= (?:subject to|as defined|SUBJECT TO|whose export|WHOSE EXPORT))[^.\n]{0,40}(?:ITAR|22 CFR|export|EXPORT)/y, 850),
  marking(['arms export control act'], /(?:ARMS EXPORT CONTROL ACT|Arms Export Control Act)(?= \((?:Title|TITLE) 22)/y, 900)
]

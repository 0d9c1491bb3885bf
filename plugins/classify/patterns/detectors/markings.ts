/** Markings of export control, `export`, and of documents, `document`. The words of the marking count, not talk about it. */
import type { Detector } from '../detector.ts'

function marking (words: readonly string[], pattern: RegExp, confidence: number): Detector {
  return { label: 'export.marking', anchor: { kind: 'words', words }, pattern, weigh: () => confidence }
}

/** Before a marking stands the head of a line, and after it the end of one, ornaments aside. */
const lineHead = '(?<=(?:^|[\\n|])[ \\t*#=_/[(-]{0,12})'
const lineEnd = '(?=[ \\t*#=_/\\])-]{0,12}(?:$|[\\n|:;,]|\\.(?![\\w]))|[ \\t]{1,2}-{1,2}[ \\t])'

/** What a document says of itself, at the head or the foot of a page. */
function documentMarking (level: string, words: readonly string[], phrases: string): Detector {
  return { label: `document.${level}`, anchor: { kind: 'words', words }, pattern: new RegExp(`${lineHead}(?:${phrases})${lineEnd}`, 'y'), weigh: () => 800 }
}

function trafficLight (level: string, colours: string): Detector {
  return { label: `document.${level}`, anchor: { kind: 'words', words: ['tlp:'] }, pattern: new RegExp(`(?<!\\w)TLP:(?:${colours})(?![\\w+])`, 'y'), weigh: () => 800 }
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
  marking(['arms export control act'], /(?:ARMS EXPORT CONTROL ACT|Arms Export Control Act)(?= \((?:Title|TITLE) 22)/y, 900),
  marking(['verschlusssache', 'vs nfd', 'vs nur fur den dienstgebrauch'], /(?<!\w)(?:VERSCHLUSSSACHE|Verschlusssache|VS[- –]{1,3}(?:NfD|NUR F[UÜ]R DEN DIENSTGEBRAUCH|Nur f[uü]r den Dienstgebrauch|VERTRAULICH|GEHEIM))(?!\w)/y, 850),
  marking(['dual use'], /(?:DUAL[- ]USE|Dual[- ][Uu]se)(?= (?:item|good|ITEM|GOOD|technolog|TECHNOLOG))[^.\n]{0,40}/y, 600),
  documentMarking('internal', ['internal use only', 'internal only', 'for internal use only', 'nur fur den internen gebrauch'], '(?:FOR )?INTERNAL (?:USE )?ONLY|(?:For )?[Ii]nternal [Uu]se [Oo]nly|Internal [Oo]nly|(?:NUR FUR DEN INTERNEN GEBRAUCH|Nur fur den internen Gebrauch)'),
  documentMarking('confidential', ['confidential', 'company confidential', 'proprietary and confidential', 'business confidential', 'commercial in confidential', 'vertraulich', 'confidentiel', 'confidencial'], '(?:COMPANY |PROPRIETARY AND |BUSINESS |COMMERCIAL IN )?CONFIDENTIAL|(?:Company |Proprietary and |Business )[Cc]onfidential|VERTRAULICH|CONFIDENTIEL|CONFIDENCIAL'),
  documentMarking('restricted', ['restricted', 'strictly confidential', 'highly confidential', 'streng vertraulich', 'strictement confidentiel'], 'RESTRICTED|(?:STRICTLY|HIGHLY) CONFIDENTIAL|(?:Strictly|Highly) [Cc]onfidential|STRENG VERTRAULICH|Streng [Vv]ertraulich|STRICTEMENT CONFIDENTIEL'),
  trafficLight('internal', 'GREEN'),
  trafficLight('confidential', 'AMBER'),
  trafficLight('restricted', 'RED|AMBER\\+STRICT'),
  { label: 'document.confidential', anchor: { kind: 'words', words: ['msip label'] }, pattern: /MSIP_Label_[0-9a-f-]{36}_(?:Enabled|Name)/y, weigh: () => 800 }
]

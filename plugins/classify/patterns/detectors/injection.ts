/**
 * Attempts to talk a model out of its instructions: `prompt.injection`. The phrases that such texts are known by, in a few
 * languages, and the marks by which chat formats part the roles. It finds the crude ones: a paraphrase, another language or a
 * picture passes. A policy may weigh it; none should rest on it.
 */
import type { Detector } from '../detector.ts'

function phrase (words: readonly string[], pattern: RegExp, confidence = 700): Detector {
  return { label: 'prompt.injection', anchor: { kind: 'words', words }, pattern, weigh: () => confidence }
}

/** What is to be forgotten. */
const former = '(?:(?:all|any|every|the|your|of|my|these|those|previous|prior|preceding|above|earlier|former|foregoing|initial|original|system|safety|existing|current)[ \\t]{1,2}){1,5}(?:instructions?|prompts?|rules?|guidelines?|directions?|directives?|commands?|constraints?|restrictions?|programming|training|context)'

export const injection: readonly Detector[] = [
  phrase(['ignore', 'disregard', 'forget', 'override', 'bypass', 'skip'], new RegExp(`(?<![A-Za-z])(?<!(?:not|never|n't) )(?:ignore|disregard|forget|override|bypass)[ \\t]{1,2}(?:about )?${former}(?![A-Za-z])`, 'iy'), 750),
  phrase(['do not follow', 'stop following', 'don\'t follow'], new RegExp(`(?:do not|don't|stop) follow(?:ing)?[ \\t]{1,2}${former}(?![A-Za-z])`, 'iy')),
  phrase(['you are now', 'from now on you', 'from now on, you', 'act as', 'pretend to be', 'pretend you are'], /(?:(?:you are now|from now on,? you(?: are|'re| will be)?|act as|pretend (?:to be|you are)) (?:a |an |the )?)(?:DAN|STAN|DUDE|AIM|jailbroken|unrestricted|unfiltered|uncensored|evil|developer mode|do anything now|without (?:any )?(?:restrictions|filters|limits|rules))(?![A-Za-z])/iy, 720),
  phrase(['developer mode', 'jailbreak mode', 'dan mode', 'god mode', 'do anything now'], /(?:(?:developer|jailbreak|DAN|god) mode (?:is )?(?:enabled|activated|on|unlocked)|do anything now)(?![A-Za-z])/iy, 650),
  phrase(['reveal', 'show', 'print', 'repeat', 'output', 'tell me', 'leak', 'display', 'what is', 'what are'], /(?<![A-Za-z])(?:reveal|show|print|repeat|output|tell|leak|display|give|what (?:is|are))(?: me| us)?(?: all| exactly| verbatim)?(?: of)? (?:your|the) (?:(?:hidden|secret|initial|original|full|entire|exact|above|system|developer) ){0,3}(?:system prompt|initial prompt|hidden prompt|original prompt|secret instructions|hidden instructions|system message|system instructions|initial instructions)(?! (?:is|are|was|were|below|field|parameter)\b)(?![A-Za-z])/iy),
  phrase(['<|im start|>', '<|im end|>', '<|system|>', '[inst]', '[/inst]', '<|begin of text|>', '<|start header id|>', '<<sys>>', '<|endoftext|>'], /(?:<\|im_start\|>(?:system|assistant|user)?|<\|im_end\|>|<\|system\|>|\[\/?INST\]|<\|begin_of_text\|>|<\|start_header_id\|>(?:system|assistant)?|<\|endoftext\|>|<<SYS>>)/y, 800),
  phrase(['### system', '### instruction', '[system]', 'new instructions', 'system override', 'end of prompt'], /(?:### ?(?:System|SYSTEM|Instruction)s?:|\[(?:SYSTEM|System)\](?=[:\s])|(?:NEW|New|new) (?:SYSTEM |System |system )?(?:INSTRUCTIONS|Instructions|instructions):|SYSTEM OVERRIDE|END OF (?:SYSTEM )?PROMPT)/y, 650),
  phrase(['vergiss', 'ignoriere', 'missachte'], /(?<![A-Za-z])(?:vergiss|ignorieren?|missachten?)(?: Sie)? (?:(?:alle|deine|die|Ihre|bisherigen|vorherigen|vorigen|obigen|fruheren) ){1,4}(?:Anweisungen|Instruktionen|Regeln|Vorgaben|Befehle)/iy, 720),
  phrase(['ignore', 'ignorez', 'oublie', 'oubliez'], /(?<![A-Za-z])(?:ignorez?|oubliez?) (?:toutes )?(?:les|tes|vos) (?:instructions|consignes|regles)(?: (?:precedentes|anterieures|ci-dessus))?/iy, 700),
  phrase(['ignora', 'ignore', 'olvida', 'olvide'], /(?<![A-Za-z])(?:ignora|ignore|olvida|olvide) (?:todas )?(?:las|tus|sus) (?:instrucciones|reglas|indicaciones)(?: (?:anteriores|previas))?/iy, 700),
  phrase(['ignora', 'dimentica'], /(?<![A-Za-z])(?:ignora|dimentica) (?:tutte )?le (?:istruzioni|regole)(?: precedenti)?/iy, 700)
]

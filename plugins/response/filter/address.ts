/**
 * Addresses in a text: where a link or an image points. What stands in one can leave by itself: clients follow images without being
 * asked, and people follow links.
 */

/** How far back the beginning of an address is looked for. */
export const addressReach = 1024

/** True where what stands at a place belongs to an address. Looks no further back than {@link addressReach}. */
export function isInAddress (text: string, at: number): boolean {
  const before = text.slice(Math.max(0, at - addressReach), at)
  const run = before.slice(runStart(before))
  if (run.length === addressReach) return true // so long a run of signs is no prose
  if (/(?:^|[^a-z0-9])(?:mailto|tel|sms):$/i.test(run)) return false // nothing is sent before somebody writes
  return address.test(run) || quotedAddress.test(before.slice(-quotedReach))
}

/** Where the last run of signs begins that an address may be made of. */
function runStart (text: string): number {
  for (let at = text.length; at > 0; at--) if (breaks.test(text.charAt(at - 1))) return at
  return 0
}

const breaks = /[\s<>"`]/

const address = /:\/\/|(?:^|[('=])\/\/|\]\(|www\.|(?:data|javascript|blob):|^[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,8}\//i

/** Addresses that may hold spaces: in angle brackets, in quotes, in a function of CSS. Or quotes: those of a script. */
const quotedAddress = /(?:\]\(\s{0,8}<[^<>\n]*|\]\([^\s<>]*|(?:src|srcset|href|action|data|poster|background|cite|ping|style|content)\s{0,8}=\s{0,8}(?:"[^"]*|'[^']*)|url\([^)]*)$/i
const quotedReach = 512

/** How the address at a place is followed, where {@link isInAddress} says that there is one: an image by whatever shows the text, a link by who reads it. */
export function followedBy (text: string, at: number): 'image' | 'link' {
  return loaded.test(text.slice(Math.max(0, at - addressReach), at)) ? 'image' : 'link'
}

/** Markdown and HTML that clients load by themselves. */
const loaded = /!\[[^\]\n]{0,512}\]\([^)\n]*$|!\[[^\]\n]{0,512}\]\[[^\]\n]*$|<(?:img|image|source|video|audio|track|embed|iframe|object|link|script|input|svg|use)\s[^>]*$|url\([^)\n]*$|^\s{0,3}\[[^\]\n]{1,512}\]:[^\n]*$/im

/** Letters of other scripts that look like Latin ones (Unicode TR 39, `confusables.txt`, the single letters that fonts draw alike). */

const pairs = 'АA ВB СC ЕE НH ІI ЈJ КK МM ОO РP ЅS ТT ХX УY ԌG ԜW ѴV аa сc ԁd еe һh іi јj ӏl оo рp ԛq ѕs ѵv ԝw хx уy кk мm тt нh вb гr пn ' +
  'ΑA ΒB ΕE ΖZ ΗH ΙI ΚK ΜM ΝN ΟO ΡP ΤT ΥY ΧX αa εe ιi κk νv οo ρp τt υu χx γy ηn ϲc ϳj ' +
  'ԱU ՍU ՕO օo սu հh ցg զq ոn ɑa ɡg ɩi ʟL ʀR ɴN ʙB ᴀA ᴄC ᴅD ᴇE ᴊJ ᴋK ᴍM ᴏO ᴘP ᴛT ᴜU ᴠV ᴡW ᴢZ ɪI'

/** Latin letter by code unit. */
export const latinOf: ReadonlyMap<number, string> = new Map(pairs.split(' ').map(pair => [pair.charCodeAt(0), pair.charAt(1)]))

/** Digit by code unit: what letters pass for among digits. */
export const digitOf: ReadonlyMap<number, string> = new Map('О0 о0 Ο0 ο0 Օ0 օ0 ᴏ0 З3 з3 Ʒ3 ʒ3 Ч4 ч4 б6 Ƽ5 ƽ5 І1 і1 Ι1 ι1 Ӏ1 ӏ1 ɪ1 Ȣ8 ȣ8'.split(' ').map(pair => [pair.charCodeAt(0), pair.charAt(1)]))

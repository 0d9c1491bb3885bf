/** Accounts: `pii.financial`. */
import { isOneDigit, remainder97, weightedSum } from '../checks/digits.ts'
import { isBase58Check, isBech32, isEthereum } from '../checks/wallets.ts'
import { weighed, type Detector } from '../detector.ts'
import { groups, numbered } from '../shapes.ts'

/** Length of an IBAN by country, as the SWIFT registry (ISO 13616) lists them. */
const ibanLengths = new Map('AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30'
  .split(' ').map(entry => [entry.slice(0, 2), Number(entry.slice(2))]))

const separator = /[ .\-\n]/

/** The pattern runs on into what follows: the country says where an IBAN ends, and there no letter or digit may follow. */
function trimIban (value: string): number {
  const length = ibanLengths.get(value.slice(0, 2).toUpperCase()) ?? 0
  let counted = 0
  for (let index = 0; index < value.length; index++) {
    if (separator.test(value.charAt(index))) continue
    counted++
    if (counted === length) return index + 1 === value.length || separator.test(value.charAt(index + 1)) ? index + 1 : 0
  }
  return 0
}

/** Groups of one size, the last one no longer: those of a UUID are not. */
function isEven (groups: readonly string[]): boolean {
  const size = groups[0]?.length ?? 0
  return groups.every(({ length }, index) => index === groups.length - 1 ? length <= size : length === size)
}

/** @param fewest digits: words of letters alone are none */
function isIban (value: string, fewest = 8): boolean {
  const plain = value.replace(/[ .\-\n]/g, '').toUpperCase()
  return isEven(value.split(separator)) && plain.replace(/\D/g, '').length >= fewest && remainder97(plain.slice(4) + plain.slice(0, 4)) === 1
}

/** ISO 3166-1 codes, and XK, which banks use. */
const countries = new Set('AD AE AF AG AI AL AM AO AR AT AU AW AZ BA BB BD BE BF BG BH BI BJ BM BN BO BR BS BT BW BY BZ CA CD CF CG CH CI CK CL CM CN CO CR CU CV CW CY CZ DE DJ DK DM DO DZ EC EE EG ER ES ET FI FJ FK FM FO FR GA GB GD GE GG GH GI GL GM GN GQ GR GT GW GY HK HN HR HT HU ID IE IL IM IN IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MG MH MK ML MM MN MO MR MS MT MU MV MW MX MY MZ NA NC NE NG NI NL NO NP NR NZ OM PA PE PF PG PH PK PL PS PT PW PY QA RO RS RU RW SA SB SC SD SE SG SI SK SL SM SN SO SR SS ST SV SY SZ TC TD TG TH TJ TL TM TN TO TR TT TV TW TZ UA UG US UY UZ VA VC VE VG VN VU WS XK YE ZA ZM ZW'.split(' '))

/** First two digits of a routing number: Federal Reserve districts, thrifts, electronic, traveller's cheques. */
const routingPrefix = /^(?:0\d|1[0-2]|2[1-9]|3[0-2]|6[1-9]|7[0-2]|80)/

function isRouting (digits: string): boolean {
  return routingPrefix.test(digits) && !isOneDigit(digits) && weightedSum(digits, [3, 7, 1, 3, 7, 1, 3, 7, 1]) % 10 === 0
}

const walletWords = ['wallet', 'bitcoin', 'btc', 'ethereum', 'eth', 'crypto', 'wallet address', 'litecoin', 'ltc', 'doge', 'usdt', 'tron', 'satoshi', 'blockchain']

export const finance: readonly Detector[] = [
  {
    label: 'pii.financial.iban_code',
    anchor: { kind: 'digits' },
    fewestDigits: 2,
    pattern: /[A-Za-z]{2}\d{2}(?:[ .\-\n]?[A-Za-z0-9]){11,31}/y,
    context: ['iban', 'bank account', 'account', 'konto', 'kontonummer', 'bank', 'compte', 'cuenta', 'rekening'],
    trim: trimIban,
    weigh: (value, surroundings) => isIban(value, surroundings.near ? 5 : 8) ? weighed(surroundings, 980, 950) : 0
  },
  {
    label: 'pii.financial.iban_code',
    anchor: { kind: 'digits' },
    fewestDigits: 2,
    pattern: /(?<=(?<![A-Za-z0-9])(?<before>[A-Z]{2} ))\d{2}(?:[ .\-\n]?[A-Z0-9]){11,31}/y,
    context: ['iban', 'bank account', 'account', 'konto', 'kontonummer', 'bank'],
    trim: trimIban,
    weigh: value => isIban(value) ? 900 : 0
  },
  ...numbered({
    label: 'pii.financial.aba_routing_number',
    digits: 9,
    written: groups([4, 4, 1], '-'),
    holds: isRouting,
    near: 920,
    context: ['routing', 'routing number', 'aba', 'rtn', 'transit number', 'ach', 'routing no', 'bank routing', 'wire', 'abarouting', 'aba number']
  }),
  {
    label: 'pii.financial.us_bank_number',
    anchor: { kind: 'digits' },
    fewestDigits: 8,
    pattern: /(?<!\d[-.])\d{8,17}(?![\w]|[-.]\d)/y,
    context: ['bank account', 'checking account', 'savings account', 'bank account number', 'account number', 'account no', 'acct no', 'acct number', 'checking acct', 'acct', 'account #', 'deposit account'],
    needs: 'named',
    weigh: value => !isOneDigit(value) ? 600 : 0
  },
  {
    label: 'pii.financial.uk_sort_code',
    anchor: { kind: 'digits' },
    fewestDigits: 6,
    pattern: /(?<!\d[-./])(?:\d{2}-\d{2}-\d{2}|\d{6}|\d{2} \d{2} \d{2})(?![\w]|[-./]\d)/y,
    context: ['sort code', 'sortcode', 'sort'],
    needs: 'named',
    weigh: () => 750
  },
  {
    label: 'pii.financial.swift_bic',
    anchor: { kind: 'after', words: ['swift', 'bic', 'swift code', 'bic code', 'swift/bic', 'bic/swift'] },
    pattern: /[\s:=#"'()-]{1,4}(?:(?:code|no|number|is)[\s:="']{1,3}){0,2}(?<value>[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?)(?![\w])/y,
    weigh: value => countries.has(value.slice(4, 6)) ? 800 : 0
  },
  {
    label: 'pii.financial.swift_bic',
    anchor: { kind: 'whole' },
    pattern: /[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?$/y,
    context: ['swift', 'bic', 'swift code', 'bic code'],
    weigh: value => countries.has(value.slice(4, 6)) ? 800 : 0
  },
  {
    label: 'pii.financial.crypto',
    anchor: { kind: 'digits' },
    pattern: /(?:[13LMDT9ADX][1-9A-HJ-NP-Za-km-z]{24,34})(?![\w])/y,
    context: walletWords,
    weigh: (value, surroundings) => isBase58Check(value) ? weighed(surroundings, 980, 900) : 0
  },
  {
    label: 'pii.financial.crypto',
    anchor: { kind: 'words', words: ['bc1', 'tb1', 'ltc1'] },
    pattern: /(?<![A-Za-z0-9])(?:bc|tb|ltc|BC|TB|LTC)1[02-9ac-hj-np-zAC-HJ-NP-Z]{11,71}(?![\w])/y,
    context: walletWords,
    weigh: (value, surroundings) => isBech32(value) ? weighed(surroundings, 980, 930) : 0
  },
  {
    label: 'pii.financial.crypto',
    anchor: { kind: 'digits' },
    pattern: /0x[0-9a-fA-F]{40}(?![\w])/y,
    context: walletWords,
    weigh: (value, surroundings) => isEthereum(value) ? weighed(surroundings, 950, 750) : weighed(surroundings, 700, 0)
  }
]

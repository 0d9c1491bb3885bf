/** Days that exist. */

/** True where the day exists in the Gregorian calendar. Month 1-12. */
export function isDay (year: number, month: number, day: number): boolean {
  return month >= 1 && month <= 12 && day >= 1 && day <= new Date(Date.UTC(year, month, 0)).getUTCDate()
}

/** True for six digits that are a day of some century, year first: `800312`. */
export function isShortDay (digits: string): boolean {
  const year = Number(digits.slice(0, 2))
  return [1900, 2000].some(century => isDay(century + year, Number(digits.slice(2, 4)), Number(digits.slice(4, 6))))
}

/** True for six digits that are a day of some century, day first: `120380`. */
export function isShortDayFirst (digits: string): boolean {
  return isShortDay(digits.slice(4, 6) + digits.slice(2, 4) + digits.slice(0, 2))
}

/** Names of months by their first three letters, as English, German, French, Spanish and Italian have them. */
const months: ReadonlyMap<string, number> = new Map([
  'jan feb mar apr may jun jul aug sep oct nov dec', 'jan feb mär apr mai jun jul aug sep okt nov dez', 'jan fév mar avr mai jui jui aoû sep oct nov déc',
  'ene feb mar abr may jun jul ago sep oct nov dic', 'gen feb mar apr mag giu lug ago set ott nov dic'
].flatMap(names => names.split(' ').map((name, index): [string, number] => [name, index + 1])))

/** True for a written day between 1900 and 2099, in any usual order: `1980-03-12`, `12.3.1980`, `March 12, 1980`. */
export function isWrittenDay (text: string): boolean {
  const numbers = text.match(/\d+/g)?.map(Number) ?? []
  const name = /\p{L}{3,}/u.exec(text)?.[0].slice(0, 3).toLowerCase() ?? ''
  const month = months.get(name) ?? 0
  if (name !== '' && !/^(?:th|st|nd|rd)/.test(name)) return month > 0 && numbers.length === 2 && anyDay(Math.max(...numbers), [[month, Math.min(...numbers)]])
  if (numbers.length === 1) return isCompactDay(text)
  const [first = 0, second = 0, third = 0] = numbers
  if (first > 31) return anyDay(first, [[second, third]])
  return anyDay(third, [[first, second], [second, first]])
}

/** `19800312`. */
function isCompactDay (digits: string): boolean {
  return digits.length === 8 && anyDay(Number(digits.slice(0, 4)), [[Number(digits.slice(4, 6)), Number(digits.slice(6))]])
}

function anyDay (year: number, days: ReadonlyArray<readonly [month: number, day: number]>): boolean {
  const full = year < 100 ? 1900 + year : year
  return full >= 1900 && full <= 2099 && days.some(([month, day]) => isDay(full, month, day))
}

/** Days that exist. */

/** True where the day exists in the Gregorian calendar. Month 1-12. */
export function isDay (year: number, month: number, day: number): boolean {
  return month >= 1 && month <= 12 && day >= 1 && day <= new Date(Date.UTC(year, month, 0)).getUTCDate()
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']

/** True for a written day between 1900 and 2099, in any usual order: `1980-03-12`, `12.3.1980`, `March 12, 1980`. */
export function isWrittenDay (text: string): boolean {
  const numbers = text.match(/\d+/g)?.map(Number) ?? []
  const month = months.indexOf(text.match(/[A-Za-z]{3,}/)?.[0].slice(0, 3).toLowerCase() ?? '') + 1
  if (month > 0) return numbers.length === 2 && anyDay(numbers[1] ?? 0, [[month, numbers[0] ?? 0]])
  const [first = 0, second = 0, third = 0] = numbers
  if (first > 31) return anyDay(first, [[second, third]])
  return anyDay(third, [[first, second], [second, first]])
}

function anyDay (year: number, days: ReadonlyArray<readonly [month: number, day: number]>): boolean {
  const full = year < 100 ? 1900 + year : year
  return full >= 1900 && full <= 2099 && days.some(([month, day]) => isDay(full, month, day))
}

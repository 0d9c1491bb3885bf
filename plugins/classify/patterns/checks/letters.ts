/** Check letters of identity numbers. */

/** The letter of a Spanish DNI or NIE: the number modulo 23, X, Y and Z read as 0, 1 and 2. */
export function dniLetter (value: string): string {
  const plain = value.slice(0, -1).replace(/[- ]/g, '').toUpperCase()
  const number = plain.replace(/^[XYZ]/, letter => String('XYZ'.indexOf(letter)))
  return 'TRWAGMYFPDXBNJZSQVHLCKE'.charAt(Number(number) % 23)
}

/** Values of the odd places of a codice fiscale (decree of 23 December 1976), by the character's place in 0-9 or A-Z. */
const oddValues = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23]

/** The last letter of a codice fiscale: the sum over the fifteen before it, modulo 26. */
export function codiceFiscaleLetter (value: string): string {
  let sum = 0
  for (let index = 0; index < 15; index++) {
    const unit = value.toUpperCase().charCodeAt(index)
    const place = unit < 65 ? unit - 48 : unit - 65
    sum += index % 2 === 0 ? oddValues[place] ?? 0 : place
  }
  return String.fromCharCode(65 + sum % 26)
}

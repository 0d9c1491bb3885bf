/** Items by number, groups in the order in which they were met. */
export function groupedBy<T> (items: readonly T[], numberOf: (item: T) => number): Map<number, T[]> {
  const groups = new Map<number, T[]>()
  for (const item of items) {
    const group = groups.get(numberOf(item))
    if (group === undefined) groups.set(numberOf(item), [item])
    else group.push(item)
  }
  return groups
}

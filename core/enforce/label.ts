/** True where a label glob matches: `*` stays within a dotted part, a final `*` crosses dots. */
export function matchesLabel (glob: string, label: string): boolean {
  let pattern = globs.get(glob)
  if (pattern === undefined) {
    pattern = compile(glob)
    if (globs.size < 1000) globs.set(glob, pattern)
  }
  return pattern.test(label)
}

const globs = new Map<string, RegExp>()

function compile (glob: string): RegExp {
  const crossing = glob.endsWith('*')
  const stem = crossing ? glob.slice(0, -1) : glob
  const inner = stem.split('*').map(part => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('[^.]*')
  return new RegExp(`^${inner}${crossing ? '.*' : ''}$`, 's')
}

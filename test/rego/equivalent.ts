/** Mutants that decide as the library does, each by what it changes and why that changes nothing. */
export const equivalent: ReadonlyMap<string, string> = new Map([
  ['decision.rego: covers_server_side(_) if count(input.request.server_side) == 0 -> nothing', 'every name of an empty list is in every list; the rule says so in words'],
  ['decision.rego: message := messages[0] if count(messages) > 0 -> message := messages[0] if count(messages) >= 0', 'an empty list has no first message either way'],
  ['lib_quota.rego: used_permille(unit) := max({floor((entry.used * 1000) / entry.limit) | some entry in input.quota; entry.unit == unit; entry.limit > 0}) -> used_permille(unit) := max({floor((entry.used * 1000) / entry.limit) | some entry in input.quota; entry.unit == unit; entry.limit >= 0})', 'a division by zero is undefined, and leaves its entry out'],
  ['rules.rego: is_object(rule) -> nothing', 'the keys of what is no object are undefined'],
  ['rules.rego: is_number(value) -> nothing', 'what is no number has no floor'],
  ['rules.rego: not contains(stem, "*") -> nothing', 'no label has a star to begin with the stem'],
  ['rules.rego: indexof(pattern, "*") < count(pattern) - 1 -> nothing', 'where the first star is the last character, the rule above has matched the same labels'],
  ['rules.rego: indexof(pattern, "*") < count(pattern) - 1 -> indexof(pattern, "*") <= count(pattern) - 1', 'where the first star is the last character, the rule above has matched the same labels']
])

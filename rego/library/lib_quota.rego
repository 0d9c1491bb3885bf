# METADATA
# title: What is left of quotas
# description: Units are requests, tokens, dollars and concurrent. Without a limit stage there are none, and what asks for one is undefined.
package gateway.lib.quota

# METADATA
# title: The least that is left in a unit
remaining(unit) := min({entry.remaining | some entry in input.quota; entry.unit == unit})

# METADATA
# title: The most that was used of a limit in a unit, in thousandths
used_permille(unit) := max({floor((entry.used * 1000) / entry.limit) | some entry in input.quota; entry.unit == unit; entry.limit > 0})

# METADATA
# title: At least this many thousandths of a limit in a unit were used
nearly_used(unit, permille) if used_permille(unit) >= permille

# METADATA
# title: Levels of the taxonomy
# description: Compares levels by their order, lowest first. A level that is not in the taxonomy has no rank, and what compares with it is undefined.
package gateway.lib.taxonomy

# METADATA
# title: The rank of a level, from 0
rank(level) := at if {
	some at, name in data.gateway.taxonomy.levels
	name == level
}

# METADATA
# title: The request is classified at this level or higher
at_least(level) if input.classification.rank >= rank(level)

# METADATA
# title: The request is classified below this level
below(level) if input.classification.rank < rank(level)

# METADATA
# title: One level is at least as high as another
not_lower(level, than) if rank(level) >= rank(than)

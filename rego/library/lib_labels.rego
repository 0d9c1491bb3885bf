# METADATA
# title: What was found in the request
# description: Labels are dotted, category first. In a glob a final `*` crosses dots, any other stays within a part.
package gateway.lib.labels

import data.gateway

# METADATA
# title: Something was found whose label matches
found(glob) if {
	some label, _ in input.classification.labels
	gateway.is_match(glob, label)
}

# METADATA
# title: Something was found whose label matches one of several globs
found_any(globs) if {
	some glob in globs
	found(glob)
}

# METADATA
# title: How often labels that match were found
total(glob) := sum([summary.count | some label, summary in input.classification.labels; gateway.is_match(glob, label)])

# METADATA
# title: How many different values were found under labels that match
distinct(glob) := sum([summary.distinct | some label, summary in input.classification.labels; gateway.is_match(glob, label)])

# METADATA
# title: Something was found with at least this confidence (0 to 1000)
found_surely(glob, confidence) if {
	some label, summary in input.classification.labels
	summary.max_confidence >= confidence
	gateway.is_match(glob, label)
}

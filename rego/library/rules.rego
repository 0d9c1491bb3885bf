# What a rule may say. Whatever is malformed, computed or not, is a fault, and a fault denies.
package gateway

faults contains {"code": "policy.invalid", "rule": "permit"} if {
	some rule in permits
	not is_permit(rule)
}

faults contains {"code": "policy.invalid", "rule": "forbid"} if {
	some rule in forbids
	not is_forbid(rule)
}

faults contains {"code": "policy.invalid", "rule": "restrict"} if {
	some rule in restrictions
	not is_restriction(rule)
}

faults contains {"code": "policy.invalid", "rule": "redact"} if {
	some rule in redacts
	not is_redaction(rule)
}

faults contains {"code": "policy.invalid", "rule": "oblige"} if {
	some rule in obligations
	not is_obligation(rule)
}

faults contains {"code": "policy.invalid", "rule": "classify"} if {
	some level in raised
	not level in data.gateway.taxonomy.levels
}

faults contains {"code": "policy.conflict", "rule": "oblige"} if contradict(obligations)

# The same obligation with different content.
contradict(rules) if {
	some one in rules
	some other in rules
	one.id == other.id
	one != other
}

is_permit(rule) if {
	has_only(rule, {"id", "endpoints", "unscanned", "server_side"})
	is_name(rule.id)
	are_endpoints(rule.endpoints)
	are_kinds(object.get(rule, "unscanned", []))
	are_names(object.get(rule, "server_side", []))
}

is_forbid(rule) if {
	has_only(rule, {"code", "message"})
	is_name(rule.code)
	is_string(object.get(rule, "message", ""))
}

is_restriction(rule) if {
	has_only(rule, {"id", "endpoints"})
	is_name(rule.id)
	are_endpoints(rule.endpoints)
}

is_redaction(rule) if {
	has_only(rule, {"labels", "operator"})
	rule.operator in operators
	are_names(rule.labels)
	count(rule.labels) > 0
}

# Members of a mark become members of the disclosure header; the other types take exactly the parameters they name.
is_obligation(rule) if {
	is_name(rule.id)
	rule.type == "mark"
}

is_obligation(rule) if {
	has_only(rule, {"id", "type", "mode"})
	is_name(rule.id)
	rule.type == "response_mode"
	rule.mode in {"incremental", "buffer", "observe"}
}

is_obligation(rule) if {
	some type, parameter in {"latency_budget": "ms", "cost_budget": "micros", "max_output_tokens": "n"}
	rule.type == type
	has_only(rule, {"id", "type", parameter})
	is_name(rule.id)
	is_amount(rule[parameter])
}

is_obligation(rule) if {
	has_only(rule, {"id", "type"})
	is_name(rule.id)
	rule.type == "require_reason"
}

has_only(rule, fields) if {
	is_object(rule)
	count(object.keys(rule) - fields) == 0
}

is_name(value) if {
	is_string(value)
	value != ""
	count(value) <= 128
}

are_names(values) if {
	is_collection(values)
	every value in values { is_name(value) }
}

are_endpoints(values) if {
	is_collection(values)
	every value in values { data.gateway.endpoints[value] }
}

are_kinds(values) if {
	is_collection(values)
	every value in values { value in kinds }
}

is_collection(values) if is_array(values)

is_collection(values) if is_set(values)

is_amount(value) if {
	is_number(value)
	value >= 0
	floor(value) == value
}

kinds := {"image", "audio", "file", "token_array", "remote", "state", "encrypted", "binary", "opaque"}

# In the order of how little they leave of a value.
operators := ["remove", "drop_part", "replace", "hash", "pseudonym", "encrypt", "generalise", "mask"]

redactions_of(rules, labels) := [{"labels": names, "operator": operators[rank]} |
	some [rank, names] in sort({[rank, names] |
		some rule in rules
		some glob in rule.labels
		some label, _ in labels
		is_match(glob, label)
		some rank, operator in operators
		operator == rule.operator
		names := sort(rule.labels)
	})
]

# A final `*` crosses dots, any other stays within a dotted part.
is_match(glob, label) if glob == label

is_match(glob, label) if {
	endswith(glob, "*")
	stem := substring(glob, 0, count(glob) - 1)
	not contains(stem, "*")
	startswith(label, stem)
}

is_match(pattern, label) if {
	indexof(pattern, "*") < count(pattern) - 1
	indexof(pattern, "*") >= 0
	glob.match(crossing(pattern), ["."], label)
}

crossing(pattern) := concat("", [pattern, "*"]) if endswith(pattern, "*")

crossing(pattern) := pattern if not endswith(pattern, "*")

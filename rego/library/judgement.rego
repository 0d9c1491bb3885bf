# The judgement of an answer, entry point `gateway/judgement`: combines the rules of all packages `gateway.response.<area>`.
package gateway

judgement := object.union(judged, {"reasons": sort({fault.code | some fault in response_faults}), "faults": sort(response_faults)}) if {
	count(response_faults) > 0
} else := object.union(judged, {
	"effect": response_effect,
	"reasons": sort({rule.code | some rule in blocks}),
	"redactions": response_redactions,
	"obligations": sort(response_obligations),
})

# Alone, it blocks.
judged := {
	"v": 1,
	"request_id": input.request.id,
	"effect": "block",
	"reasons": [],
	"redactions": [],
	"obligations": [],
	"faults": [],
}

response_effect := "block" if {
	count(blocks) > 0
} else := "redact" if {
	count(response_redactions) > 0
} else := "permit"

blocks contains rule if some rule in data.gateway.response[_].block

response_redacts contains rule if some rule in data.gateway.response[_].redact

response_obligations contains rule if some rule in data.gateway.response[_].oblige

response_redactions := redactions_of(response_redacts, input.response.classification.labels)

response_faults contains {"code": "policy.invalid", "rule": "block"} if {
	some rule in blocks
	not is_forbid(rule)
}

response_faults contains {"code": "policy.invalid", "rule": "redact"} if {
	some rule in response_redacts
	not is_redaction(rule)
}

response_faults contains {"code": "policy.invalid", "rule": "oblige"} if {
	some rule in response_obligations
	not is_obligation(rule)
}

response_faults contains {"code": "policy.conflict", "rule": "oblige"} if contradict(response_obligations)

# Redactions, obligations, and rules that are malformed.
package gateway_test

import data.gateway

redacting(rules, labels) := decided({"permit": [everyone], "redact": rules}, found(labels))

test_a_redaction_that_matches_nothing_is_none if {
	decision := redacting([{"labels": ["pii.*"], "operator": "mask"}], ["phi.medical_record_number"])
	decision.effect == "permit"
	decision.redactions == []
}

test_a_redaction_that_matches_redacts if {
	decision := redacting([{"labels": {"pii.*"}, "operator": "mask"}], ["pii.government.us_ssn"])
	decision.effect == "redact"
	decision.redactions == [{"labels": ["pii.*"], "operator": "mask"}]
}

test_the_redaction_that_leaves_least_comes_first if {
	rules := [{"labels": ["pii.*"], "operator": "mask"}, {"labels": ["*"], "operator": "remove"}]
	[rule.operator | some rule in redacting(rules, ["pii.email_address"]).redactions] == ["remove", "mask"]
}

test_a_final_star_crosses_dots_and_another_does_not if {
	gateway.is_match("pii.*", "pii.government.us_ssn")
	gateway.is_match("pii.ip_address", "pii.ip_address")
	gateway.is_match("*", "a.b.c")
	gateway.is_match("pii.*.us_ssn", "pii.government.us_ssn")
	gateway.is_match("*.government.*", "pii.government.us_ssn")
	not gateway.is_match("*.us_ssn", "pii.government.us_ssn")
	not gateway.is_match("pii", "pii.email_address")
	not gateway.is_match("pii.*", "pii")
	not gateway.is_match("pii.*x", "pii.email_address")
	not gateway.is_match("pii.email_addres?", "pii.email_address")
}

test_obligations_of_all_rules_are_joined if {
	rules := [{"id": "b", "type": "mark", "by": "ai"}, {"id": "a", "type": "max_output_tokens", "n": 10}]
	decided({"permit": [everyone], "oblige": rules}, base).obligations == [
		{"id": "b", "type": "mark", "by": "ai"},
		{"id": "a", "type": "max_output_tokens", "n": 10},
	]
}

test_a_denial_obliges_to_nothing if {
	decision := decided({"oblige": [{"id": "a", "type": "require_reason"}], "redact": [{"labels": ["*"], "operator": "mask"}]}, found(["pii.x"]))
	decision.obligations == []
	decision.redactions == []
}

test_the_same_obligation_with_other_content_is_a_conflict if {
	decision := decided({"permit": [everyone], "oblige": [{"id": "a", "type": "max_output_tokens", "n": 1}, {"id": "a", "type": "require_reason"}]}, base)
	decision.effect == "deny"
	decision.reasons == ["policy.conflict"]
	decision.faults == [{"code": "policy.conflict", "rule": "oblige"}]
}

letters(length) := concat("", ["a" | some _ in numbers.range(1, length)])

malformed := {
	"permit": [
		{"endpoints": ["eu"]}, {"id": "", "endpoints": ["eu"]}, {"id": 7, "endpoints": ["eu"]}, {"id": ["a"], "endpoints": ["eu"]}, {"id": letters(129), "endpoints": ["eu"]}, {"id": "a"}, {"id": "a", "endpoints": "eu"},
		{"id": "a", "endpoints": {"at": "eu"}}, {"id": "a", "endpoints": ["eu"], "unscanned": {"a": "image"}}, {"id": "a", "endpoints": ["eu"], "server_side": {"a": "mcp"}}, {"id": "a", "endpoints": ["nowhere"]}, {"id": "a", "endpoints": [7]},
		{"id": "a", "endpoints": ["eu"], "unscanned": ["smell"]}, {"id": "a", "endpoints": ["eu"], "unscanned": "image"},
		{"id": "a", "endpoints": ["eu"], "server_side": [1]}, {"id": "a", "endpoints": ["eu"], "endpoint": "eu"}, "eu", null, true,
	],
	"forbid": [{}, {"code": ""}, {"code": 1}, {"code": "a", "message": 1}, {"code": "a", "reason": "x"}, "a"],
	"restrict": [{"id": "a"}, {"endpoints": ["eu"]}, {"id": "", "endpoints": ["eu"]}, {"id": "a", "endpoints": ["eu"], "except": ["us"]}, {"id": "a", "endpoints": ["nowhere"]}, {"id": "a", "endpoints": "eu"}],
	"redact": [
		{"labels": ["pii.*"]}, {"operator": "mask"}, {"labels": [], "operator": "mask"}, {"labels": "pii.*", "operator": "mask"},
		{"labels": ["pii.*"], "operator": "blur"}, {"labels": [1], "operator": "mask"}, {"labels": ["*"], "operator": "mask", "keep": 4},
	],
	"oblige": [
		{"id": "a"}, {"type": "mark"}, {"id": "", "type": "require_reason"}, {"id": "", "type": "response_mode", "mode": "buffer"}, {"id": "a", "type": "response_mode", "mode": "buffer", "ms": 1},
		{"id": "a", "type": "pause", "mode": "buffer"}, {"id": "a", "type": "pause", "ms": 1}, {"id": "", "type": "cost_budget", "micros": 1}, {"id": "a", "type": "teleport"}, {"id": "a", "type": "response_mode"},
		{"id": "a", "type": "response_mode", "mode": "later"}, {"id": "a", "type": "latency_budget"}, {"id": "a", "type": "latency_budget", "ms": "5"},
		{"id": "a", "type": "cost_budget", "micros": -1}, {"id": "a", "type": "max_output_tokens", "n": 1.5},
		{"id": "a", "type": "max_output_tokens", "n": 1, "ms": 1}, {"id": "a", "type": "require_reason", "reason": "x"}, "a",
	],
	"classify": ["secretest", "", 3, null],
}

test_a_malformed_rule_denies_whatever_permits if {
	passed := {[kind, rule] |
		some kind, rules in malformed
		some rule in rules
		decision := decided(object.union({"permit": [everyone]}, {kind: [everyone_or(kind), rule]}), base)
		not is_refused(decision, kind)
	}
	passed == set()
}

everyone_or("permit") := everyone

everyone_or("forbid") := {"code": "fine"}

everyone_or("restrict") := {"id": "fine", "endpoints": []}

everyone_or("redact") := {"labels": ["*"], "operator": "mask"}

everyone_or("oblige") := {"id": "fine", "type": "require_reason"}

everyone_or("classify") := "public"

is_refused(decision, kind) if {
	decision.effect == "deny"
	decision.reasons == ["policy.invalid"]
	decision.faults == [{"code": "policy.invalid", "rule": kind}]
}

test_every_well_formed_obligation_passes if {
	rules := [
		{"id": "a", "type": "mark", "any": [1]}, {"id": "b", "type": "response_mode", "mode": "buffer"}, {"id": "c", "type": "latency_budget", "ms": 1},
		{"id": "d", "type": "cost_budget", "micros": 0}, {"id": "e", "type": "max_output_tokens", "n": 9}, {"id": "f", "type": "require_reason"},
	]
	count(decided({"permit": [everyone], "oblige": rules}, base).obligations) == 6
}

test_a_name_has_128_characters_at_most if decided({"permit": [{"id": letters(128), "endpoints": ["eu"]}]}, base).effect == "permit"

test_an_input_without_an_identifier_is_undefined if {
	not decided({"permit": [everyone]}, object.remove(base, ["request"]))
}

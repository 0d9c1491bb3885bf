package gateway_test

import data.gateway

answered(labels) := object.union(base, {"response": {"classification": {"labels": {label: {"count": 1} | some label in labels}}, "finish": "stop", "bytes": 3}})

judged(rules, asked) := answer if answer := gateway.judgement with input as asked with data.gateway.response as {"area": rules}

test_an_answer_that_no_rule_concerns_passes if {
	judged({}, answered([])) == {
		"v": 1, "request_id": "r-1", "effect": "permit",
		"reasons": [], "redactions": [], "obligations": [], "faults": [],
	}
}

test_a_block_blocks_and_every_code_is_told if {
	judgement := judged({"block": [{"code": "b"}, {"code": "a"}]}, answered([]))
	judgement.effect == "block"
	judgement.reasons == ["a", "b"]
	judged({"block": [{"code": "a"}]}, answered([])).effect == "block"
}

test_an_answer_is_redacted_where_something_was_found if {
	rules := {"redact": [{"labels": ["pii.*"], "operator": "replace"}]}
	judged(rules, answered(["pii.email_address"])).effect == "redact"
	judged(rules, answered(["secret.x"])).effect == "permit"
}

test_obligations_of_an_answer_are_joined if {
	judged({"oblige": [{"id": "m", "type": "mark"}]}, answered([])).obligations == [{"id": "m", "type": "mark"}]
}

test_a_malformed_rule_blocks if {
	passed := {[kind, rule] |
		some [kind, rule] in [["block", {}], ["block", "a"], ["redact", {"labels": ["*"], "operator": "blur"}], ["oblige", {"id": "a", "type": "x"}]]
		judgement := judged({kind: [rule]}, answered([]))
		not judgement == {
			"v": 1, "request_id": "r-1", "effect": "block", "reasons": ["policy.invalid"],
			"redactions": [], "obligations": [], "faults": [{"code": "policy.invalid", "rule": kind}],
		}
	}
	passed == set()
}

test_contradicting_obligations_block if {
	judged({"oblige": [{"id": "m", "type": "mark"}, {"id": "m", "type": "mark", "by": "ai"}]}, answered([])).reasons == ["policy.conflict"]
}

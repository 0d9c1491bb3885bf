package gateway.policy.secrets_test

facts := {
	"endpoints": {"public-model": {"labels": {"location": "outside"}}, "own-model": {"labels": {"location": "inside"}}},
	"models": {"assistant": {"endpoints": ["public-model", "own-model"]}},
	"taxonomy": {"levels": ["public", "internal", "confidential", "restricted"]},
}

found := {"count": 1, "distinct": 1, "max_confidence": 950}

asked(labels) := {
	"request": {"id": "r", "model": "assistant", "server_side": []},
	"subject": {"type": "user", "tenant": null},
	"action": {"name": "chat"},
	"resource": {"type": "model", "id": "assistant"},
	"classification": {"tag": "internal", "rank": 1, "complete": true, "labels": {label: found | some label in labels}, "unscanned": []},
}

decided(labels) := decision if {
	decision := data.gateway.decision with input as asked(labels)
		with data.gateway.endpoints as facts.endpoints
		with data.gateway.models as facts.models
		with data.gateway.tenants as null
		with data.gateway.taxonomy as facts.taxonomy
}

test_a_prompt_without_anything_goes_anywhere if decided([]).endpoints == ["own-model", "public-model"]

test_a_credential_is_denied_and_the_caller_told if {
	decided(["secret.aws_access_key"]).reasons == ["secret_in_prompt"]
	startswith(decided(["secret.aws_access_key"]).message, "The prompt holds a credential.")
}

test_source_code_stays_inside_and_is_restricted if {
	decided(["source_code"]).endpoints == ["own-model"]
	decided(["source_code"]).classification.tag == "restricted"
}

test_what_is_marked_for_export_stays_inside if decided(["export.marking"]).endpoints == ["own-model"]

answered(labels) := object.union(asked([]), {"response": {"classification": {"labels": {label: found | some label in labels}}}})

test_an_answer_with_a_credential_is_blocked if {
	judgement := data.gateway.judgement with input as answered(["secret.github_token"])
	judgement.effect == "block"
	judgement.reasons == ["secret_in_answer"]
}

test_a_card_number_in_an_answer_is_replaced if {
	judgement := data.gateway.judgement with input as answered(["pci.credit_card"])
	judgement.redactions == [{"labels": ["pci.*"], "operator": "replace"}]
}

test_an_answer_without_either_passes if {
	judgement := data.gateway.judgement with input as answered([])
	judgement.effect == "permit"
}

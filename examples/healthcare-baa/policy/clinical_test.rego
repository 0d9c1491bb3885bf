package gateway.policy.clinical_test

endpoints := {
	"public-model": {"labels": {"baa": false}},
	"covered-model": {"labels": {"baa": true}},
	"covered-standby": {"labels": {"baa": true}},
}

models := {"assistant": {"endpoints": ["public-model", "covered-model", "covered-standby"]}}

asked(role, labels) := {
	"subject": {"roles": [role]},
	"request": {"model": "assistant"},
	"classification": {"labels": labels},
}

phi := {"phi.medical_record_number": {"count": 1, "distinct": 1, "max_confidence": 950}}

test_a_clinician_may_use_every_endpoint_of_the_model if {
	grants := data.gateway.policy.clinical.permit with input as asked("clinician", {}) with data.gateway.models as models
	grants == {{"id": "clinicians", "endpoints": ["public-model", "covered-model", "covered-standby"]}}
}

test_health_data_is_restricted_to_covered_endpoints if {
	rules := data.gateway.policy.clinical.restrict with input as asked("clinician", phi) with data.gateway.endpoints as endpoints
	rules == {{"id": "phi_needs_baa", "endpoints": {"covered-model", "covered-standby"}}}
}

test_a_prompt_without_health_data_is_not_restricted if {
	rules := data.gateway.policy.clinical.restrict with input as asked("clinician", {}) with data.gateway.endpoints as endpoints
	count(rules) == 0
}

test_a_researcher_is_not_permitted_with_health_data if {
	grants := data.gateway.policy.clinical.permit with input as asked("researcher", phi) with data.gateway.models as models
	count(grants) == 0
}

test_a_researcher_is_permitted_without_health_data if {
	grants := data.gateway.policy.clinical.permit with input as asked("researcher", {}) with data.gateway.models as models
	count(grants) == 1
}

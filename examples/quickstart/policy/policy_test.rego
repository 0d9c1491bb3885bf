package gateway.policy_test

models := {"gpt-4o-mini": {"family": "gpt-4", "endpoints": ["openai"]}}

asked(roles, labels) := {
	"subject": {"roles": roles},
	"request": {"model": "gpt-4o-mini"},
	"classification": {"labels": labels},
}

found := {"count": 1, "distinct": 1, "max_confidence": 950}

test_an_analyst_may_use_the_endpoints_of_the_model if {
	grants := data.gateway.policy.access.permit with input as asked(["analyst"], {}) with data.gateway.models as models
	grants == {{"id": "staff", "endpoints": ["openai"]}}
}

test_others_are_not_permitted if {
	grants := data.gateway.policy.access.permit with input as asked(["visitor"], {}) with data.gateway.models as models
	count(grants) == 0
}

test_a_secret_is_forbidden if {
	codes := {rule.code | some rule in data.gateway.policy.content.forbid} with input as asked(["analyst"], {"secret.aws_access_key": found})
	codes == {"secret_in_prompt"}
}

test_a_prompt_without_secrets_is_not_forbidden if {
	rules := data.gateway.policy.content.forbid with input as asked(["analyst"], {"pii.email_address": found})
	count(rules) == 0
}

test_personal_data_is_replaced if {
	data.gateway.policy.content.redact == {{"labels": ["pii.*"], "operator": "replace"}}
}

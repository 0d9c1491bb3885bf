package gateway.policy.projects_test

endpoints := {"cloud": {"labels": {"on_premises": false}}, "workstation": {"labels": {"on_premises": true}}}

models := {"gpt-4o-mini": {"endpoints": ["cloud", "workstation"]}}

asked(labels) := {
	"subject": {"roles": ["engineer"]},
	"request": {"model": "gpt-4o-mini"},
	"classification": {"labels": labels},
}

test_an_engineer_may_use_the_model if {
	grants := data.gateway.policy.projects.permit with input as asked({}) with data.gateway.models as models
	grants == {{"id": "engineers", "endpoints": ["cloud", "workstation"]}}
}

test_a_code_name_stays_inside if {
	rules := data.gateway.policy.projects.restrict with input as asked({"project.code_name": {"count": 1}}) with data.gateway.endpoints as endpoints
	rules == {{"id": "code_names_stay_inside", "endpoints": {"workstation"}}}
}

test_a_prompt_without_code_names_may_go_anywhere if {
	rules := data.gateway.policy.projects.restrict with input as asked({}) with data.gateway.endpoints as endpoints
	count(rules) == 0
}

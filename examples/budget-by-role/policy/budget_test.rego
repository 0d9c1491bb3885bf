package gateway.policy.budget_test

facts := {
	"endpoints": {"large-model": {"labels": {}, "price": {"input": 2.5, "output": 10}}, "small-model": {"labels": {}, "price": {"input": 0.15, "output": 0.6}}},
	"models": {"assistant": {"endpoints": ["large-model", "small-model"]}},
	"taxonomy": {"levels": ["public", "internal", "confidential", "restricted"]},
}

asked(role, used) := {
	"request": {"id": "r", "model": "assistant", "server_side": []},
	"subject": {"type": "user", "tenant": null, "role": role, "roles": [role]},
	"action": {"name": "chat"},
	"resource": {"type": "model", "id": "assistant"},
	"classification": {"tag": "internal", "rank": 1, "complete": true, "labels": {}, "unscanned": []},
	"quota": [{"per": ["subject"], "unit": "dollars", "limit": 50, "used": used, "remaining": 50 - used, "reset_ms": 1}],
}

decided(role, used) := decision if {
	decision := data.gateway.decision with input as asked(role, used)
		with data.gateway.endpoints as facts.endpoints
		with data.gateway.models as facts.models
		with data.gateway.tenants as null
		with data.gateway.taxonomy as facts.taxonomy
}

test_an_engineer_may_use_every_endpoint_within_a_budget if {
	decided("engineer", 1).endpoints == ["large-model", "small-model"]
	decided("engineer", 1).obligations == [{"id": "request_budget", "type": "cost_budget", "micros": 200000}]
}

test_an_intern_may_use_the_cheap_one_for_short_answers if {
	decided("intern", 1).endpoints == ["small-model"]
	{obligation.id | some obligation in decided("intern", 1).obligations} == {"request_budget", "short_answers"}
}

test_others_may_use_none if decided("visitor", 1).reasons == ["no_permit"]

test_the_last_of_the_money_goes_to_the_cheap_one if {
	decided("engineer", 44).endpoints == ["large-model", "small-model"]
	decided("engineer", 45).endpoints == ["small-model"]
}

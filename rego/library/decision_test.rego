package gateway_test

import data.gateway

facts := {
	"endpoints": {"eu": {"labels": {}}, "us": {"labels": {}}, "far": {"labels": {}}},
	"models": {"assistant": {"endpoints": ["eu", "us"]}, "other": {"endpoints": ["far"]}},
	"tenants": null,
	"routes": {"/api/*": {"endpoint": "far"}},
	"taxonomy": {"levels": ["public", "internal", "confidential", "restricted"]},
}

base := {
	"request": {"id": "r-1", "route": "/v1/chat", "model": "assistant", "server_side": []},
	"subject": {"tenant": "acme", "role": "analyst"},
	"action": {"name": "chat"},
	"resource": {"type": "model", "id": "assistant"},
	"classification": {"tag": "internal", "rank": 1, "complete": true, "labels": {}, "unscanned": []},
}

found(labels) := object.union(base, {"classification": {"labels": {label: {"count": 1} | some label in labels}}})

everyone := {"id": "everyone", "endpoints": ["eu", "us", "far"]}

decided(rules, asked) := decided_with(rules, asked, facts)

decided_with(rules, asked, known) := answer if answer := gateway.decision with input as asked
	with data.gateway.endpoints as known.endpoints
	with data.gateway.models as known.models
	with data.gateway.tenants as known.tenants
	with data.gateway.routes as known.routes
	with data.gateway.taxonomy as known.taxonomy
	with data.gateway.policy as {"area": rules}

test_nothing_permits if {
	decision := decided({}, base)
	decision.effect == "deny"
	decision.reasons == ["no_permit"]
	decision.endpoints == []
	decision.request_id == "r-1"
}

test_a_permit_permits_within_the_model if {
	decision := decided({"permit": [everyone]}, base)
	decision.effect == "permit"
	decision.reasons == ["everyone"]
	decision.endpoints == ["eu", "us"]
	decision.faults == []
}

test_permits_widen_each_other if {
	decision := decided({"permit": [{"id": "b", "endpoints": {"us"}}, {"id": "a", "endpoints": {"eu"}}]}, base)
	decision.endpoints == ["eu", "us"]
	decision.reasons == ["a", "b"]
}

test_a_forbid_always_wins_and_every_code_is_told if {
	decision := decided({"permit": [everyone], "forbid": [{"code": "two"}, {"code": "one", "message": "Ask first."}]}, base)
	decision.effect == "deny"
	decision.reasons == ["one", "two"]
	decision.message == "Ask first."
	decision.endpoints == []
}

test_every_restriction_narrows if {
	rules := {"permit": [everyone], "restrict": [{"id": "a", "endpoints": {"eu", "us"}}, {"id": "b", "endpoints": ["us", "far"]}]}
	decided(rules, base).endpoints == ["us"]
}

test_restrictions_that_leave_nothing_deny if {
	decision := decided({"permit": [everyone], "restrict": [{"id": "a", "endpoints": []}]}, base)
	decision.effect == "deny"
	decision.reasons == ["no_authorized_endpoint"]
}

test_the_endpoint_of_another_model_is_never_reached if {
	decision := decided({"permit": [{"id": "far", "endpoints": ["far"]}]}, base)
	decision.reasons == ["no_authorized_endpoint"]
}

test_an_unknown_model_has_no_endpoints if {
	asked := object.union(base, {"request": {"model": "nobody"}})
	decided({"permit": [everyone]}, asked).reasons == ["no_authorized_endpoint"]
}

test_an_http_route_has_its_endpoint if {
	asked := object.union(base, {
		"request": {"model": null, "route": "/api/*"},
		"resource": {"type": "http", "id": "/api/a", "family": "/api/*"},
		"action": {"name": "http.get"},
	})
	decided({"permit": [everyone]}, asked).endpoints == ["far"]
}

test_the_resource_alone_says_what_is_asked_for if {
	of_route := object.union(base, {"request": {"route": "/api/*"}, "resource": {"type": "http", "id": "/api/a", "family": "/api/*"}})
	decided({"permit": [everyone]}, of_route).endpoints == ["far"]
	of_model := object.union(base, {"request": {"route": "/api/*"}})
	decided({"permit": [everyone]}, of_model).endpoints == ["eu", "us"]
}

test_a_list_of_models_asks_for_all_endpoints if {
	asked := object.union(base, {"request": {"model": null}, "action": {"name": "models.list"}})
	decided({"permit": [everyone]}, asked).endpoints == ["eu", "far", "us"]
}

test_a_tenant_has_its_own_list_alone if {
	known := object.union(facts, {"tenants": {"acme": {"endpoints": ["us"]}, "*": {"endpoints": ["eu"]}}})
	decided_with({"permit": [everyone]}, base, known).endpoints == ["us"]
}

test_a_tenant_that_is_not_listed_has_the_default if {
	known := object.union(facts, {"tenants": {"other": {"endpoints": ["us"]}, "*": {"endpoints": ["eu"]}}})
	decided_with({"permit": [everyone]}, base, known).endpoints == ["eu"]
}

test_a_tenant_that_is_not_listed_has_nothing_without_a_default if {
	known := object.union(facts, {"tenants": {"other": {"endpoints": ["us"]}}})
	decided_with({"permit": [everyone]}, base, known).reasons == ["no_authorized_endpoint"]
}

test_nobodys_tenant_has_the_default if {
	known := object.union(facts, {"tenants": {"*": {"endpoints": ["eu"]}}})
	asked := object.union(base, {"subject": {"tenant": null}})
	decided_with({"permit": [everyone]}, asked, known).endpoints == ["eu"]
}

test_a_tag_is_raised_to_the_highest if {
	decided({"permit": [everyone], "classify": ["confidential", "restricted", "public"]}, base).classification.tag == "restricted"
}

test_a_tag_is_never_lowered if {
	decided({"permit": [everyone], "classify": ["public"]}, base).classification.tag == "internal"
}

test_a_denial_carries_the_raised_tag if {
	decided({"classify": ["restricted"]}, base).classification.tag == "restricted"
}

test_a_tenant_may_forbid_and_redact if {
	redacted := decision_of_tenant({"redact": [{"labels": ["pii.*"], "operator": "mask"}]})
	redacted.effect == "redact"
	forbidden := decision_of_tenant({"forbid": [{"code": "house_rule"}]})
	forbidden.reasons == ["house_rule"]
}

decision_of_tenant(rules) := answer if {
	answer := gateway.decision with input as found(["pii.email_address"])
		with data.gateway.endpoints as facts.endpoints
		with data.gateway.models as facts.models
		with data.gateway.tenants as null
		with data.gateway.taxonomy as facts.taxonomy
		with data.gateway.policy as {"area": {"permit": [everyone]}}
		with data.gateway.tenant as {"own": rules}
}

test_rules_of_a_tenant_narrow if {
	decision := gateway.decision with input as base
		with data.gateway.endpoints as facts.endpoints
		with data.gateway.models as facts.models
		with data.gateway.tenants as null
		with data.gateway.taxonomy as facts.taxonomy
		with data.gateway.policy as {"area": {"permit": [everyone]}}
		with data.gateway.tenant as {"own": {
			"permit": [{"id": "more", "endpoints": ["far"]}],
			"restrict": [{"id": "home", "endpoints": ["eu"]}],
			"classify": ["confidential"],
			"oblige": [{"id": "why", "type": "require_reason"}],
		}}
	decision.endpoints == ["eu"]
	decision.reasons == ["everyone"]
	decision.classification.tag == "confidential"
	decision.obligations == [{"id": "why", "type": "require_reason"}]
}

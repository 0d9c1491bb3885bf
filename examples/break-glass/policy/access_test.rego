package gateway.policy.access_test

facts := {
	"endpoints": {"own-model": {"labels": {}}},
	"models": {"assistant": {"endpoints": ["own-model"]}},
	"taxonomy": {"levels": ["public", "internal", "confidential", "restricted"]},
}

asked(roles, rank) := {
	"request": {"id": "r", "model": "assistant", "server_side": []},
	"subject": {"type": "user", "tenant": null, "roles": roles},
	"action": {"name": "chat"},
	"resource": {"type": "model", "id": "assistant"},
	"classification": {"tag": facts.taxonomy.levels[rank], "rank": rank, "complete": true, "labels": {}, "unscanned": []},
}

decided(roles, rank) := decision if {
	decision := data.gateway.decision with input as asked(roles, rank)
		with data.gateway.endpoints as facts.endpoints
		with data.gateway.models as facts.models
		with data.gateway.tenants as null
		with data.gateway.taxonomy as facts.taxonomy
}

test_staff_needs_no_reason_below_restricted if {
	decided(["on_call"], 2).reasons == ["staff"]
	decided(["on_call"], 2).obligations == []
}

test_a_physician_works_with_restricted_data if {
	decided(["physician"], 3).reasons == ["physicians"]
	decided(["physician", "on_call"], 3).obligations == []
}

test_who_breaks_the_glass_must_say_why if {
	decided(["on_call"], 3).reasons == ["break_glass"]
	decided(["on_call"], 3).obligations == [
		{"id": "glass_broken", "type": "mark", "break_glass": true},
		{"id": "why", "type": "require_reason"},
	]
}

test_others_are_denied if decided(["visitor"], 1).reasons == ["no_permit"]

package gateway.policy.residency_test

facts := {
	"endpoints": {"model-us": {"labels": {"region": "us"}}, "model-eu": {"labels": {"region": "eu"}}},
	"models": {"assistant": {"endpoints": ["model-us", "model-eu"]}},
	"tenants": null,
	"taxonomy": {"levels": ["public", "internal", "confidential", "restricted"]},
}

asked(tenant, labels, unscanned) := {
	"request": {"id": "r", "model": "assistant", "server_side": []},
	"subject": {"type": "user", "tenant": tenant},
	"action": {"name": "chat"},
	"resource": {"type": "model", "id": "assistant"},
	"classification": {"tag": "internal", "rank": 1, "complete": unscanned == [], "labels": labels, "unscanned": unscanned},
	"context": {"region": "eu"},
}

found := {"count": 1, "distinct": 1, "max_confidence": 950}

image := {"kind": "image", "path": "/messages/*/content/*", "bytes": 9}

# The whole decision, as the library makes it of these rules.
decided(request) := decision if {
	decision := data.gateway.decision with input as request
		with data.gateway.endpoints as facts.endpoints
		with data.gateway.models as facts.models
		with data.gateway.tenants as facts.tenants
		with data.gateway.taxonomy as facts.taxonomy
}

cases := {
	"nothing found": {"request": asked("acme", {}, []), "endpoints": ["model-eu", "model-us"]},
	"an e-mail address": {"request": asked("acme", {"pii.email_address": found}, []), "endpoints": ["model-eu"]},
	"a record number": {"request": asked("acme", {"phi.medical_record_number": found}, []), "endpoints": ["model-eu"]},
	"a tenant whose contract says so": {"request": asked("stadtwerke", {}, []), "endpoints": ["model-eu"]},
	"an image": {"request": asked("acme", {}, [image]), "endpoints": ["model-eu"]},
}

test_where_data_goes[name] if {
	some name, expected in cases
	decided(expected.request).endpoints == expected.endpoints
}

test_what_was_not_read_and_is_no_image_goes_nowhere if {
	decided(asked("acme", {}, [object.union(image, {"kind": "audio"})])).reasons == ["classification.incomplete"]
}

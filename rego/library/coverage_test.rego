# Content that was not scanned and what a provider does on its own side pass by name alone.
package gateway_test

unscanned(kinds) := object.union(base, {"classification": {
	"complete": false,
	"unscanned": [{"kind": kind, "path": "/messages/*", "bytes": 1} | some kind in kinds],
}})

serving(names) := object.union(base, {"request": {"server_side": names}})

images := {"id": "images", "endpoints": ["eu"], "unscanned": ["image", "audio"]}

search := {"id": "search", "endpoints": ["us"], "server_side": ["web_search"]}

test_unscanned_content_denies if {
	decision := decided({"permit": [everyone]}, unscanned(["image"]))
	decision.effect == "deny"
	decision.reasons == ["classification.incomplete"]
}

test_unscanned_content_passes_by_name_and_where_it_was_named if {
	decision := decided({"permit": [everyone, images]}, unscanned(["image"]))
	decision.effect == "permit"
	decision.reasons == ["images"]
	decision.endpoints == ["eu"]
	decision.unscanned == ["audio", "image"]
}

test_every_kind_must_be_named if {
	decided({"permit": [everyone, images]}, unscanned(["image", "file"])).reasons == ["classification.incomplete"]
}

test_what_is_incomplete_without_a_kind_cannot_be_named if {
	decided({"permit": [everyone, images]}, unscanned([])).reasons == ["classification.incomplete"]
}

test_content_that_contradicts_itself_is_not_scanned if {
	asked := object.union(unscanned(["image"]), {"classification": {"complete": true}})
	decided({"permit": [everyone]}, asked).reasons == ["classification.incomplete"]
}

test_server_side_work_denies if {
	decided({"permit": [everyone]}, serving(["web_search"])).reasons == ["request.server_side"]
}

test_server_side_work_passes_by_name if {
	decision := decided({"permit": [everyone, search]}, serving(["web_search"]))
	decision.reasons == ["search"]
	decision.endpoints == ["us"]
}

test_every_name_must_be_named if {
	decided({"permit": [search]}, serving(["mcp", "web_search"])).reasons == ["request.server_side"]
}

test_one_permit_must_cover_both if {
	asked := object.union(unscanned(["image"]), {"request": {"server_side": ["web_search"]}})
	decided({"permit": [images, search]}, asked).reasons == ["classification.incomplete", "request.server_side"]
	decided({"permit": [object.union(images, {"server_side": ["web_search"]})]}, asked).effect == "permit"
}

test_what_a_permit_that_does_not_grant_names_does_not_pass if {
	decision := decided({"permit": [images, search]}, serving(["web_search"]))
	decision.reasons == ["search"]
	decision.unscanned == []
}

test_a_forbid_is_told_alone if {
	decided({"forbid": [{"code": "no"}]}, unscanned(["image"])).reasons == ["no"]
	decided({"forbid": [{"code": "no"}], "permit": [everyone]}, unscanned(["image"])).reasons == ["no"]
	decided({"forbid": [{"code": "no"}], "permit": [{"id": "far", "endpoints": ["far"]}]}, base).reasons == ["no"]
}

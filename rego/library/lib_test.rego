# The helpers for authors, packages gateway.lib.<area>.
package gateway_lib_test

import data.gateway.lib.endpoints
import data.gateway.lib.labels
import data.gateway.lib.quota
import data.gateway.lib.subject
import data.gateway.lib.taxonomy
import data.gateway.lib.time

levels := {"levels": ["public", "internal", "confidential", "restricted"]}

classified(rank) := {"classification": {"rank": rank}}

test_levels_compare_by_their_order if {
	taxonomy.rank("public") == 0 with data.gateway.taxonomy as levels
	taxonomy.at_least("internal") with data.gateway.taxonomy as levels with input as classified(1)
	taxonomy.at_least("internal") with data.gateway.taxonomy as levels with input as classified(3)
	not taxonomy.at_least("confidential") with data.gateway.taxonomy as levels with input as classified(1)
	taxonomy.below("confidential") with data.gateway.taxonomy as levels with input as classified(1)
	not taxonomy.below("internal") with data.gateway.taxonomy as levels with input as classified(1)
	taxonomy.not_lower("restricted", "internal") with data.gateway.taxonomy as levels
	taxonomy.not_lower("internal", "internal") with data.gateway.taxonomy as levels
	not taxonomy.not_lower("public", "internal") with data.gateway.taxonomy as levels
}

test_an_unknown_level_compares_with_nothing if {
	not taxonomy.at_least("secretest") with data.gateway.taxonomy as levels with input as classified(3)
	not taxonomy.below("secretest") with data.gateway.taxonomy as levels with input as classified(0)
}

some_found := {"classification": {"labels": {
	"pii.email_address": {"count": 3, "distinct": 2, "max_confidence": 900},
	"pii.government.us_ssn": {"count": 1, "distinct": 1, "max_confidence": 500},
}}}

test_labels_are_found_by_glob if {
	labels.found("pii.*") with input as some_found
	labels.found("pii.government.*") with input as some_found
	not labels.found("phi.*") with input as some_found
	labels.found_any(["phi.*", "pii.email_address"]) with input as some_found
	not labels.found_any(["phi.*", "secret.*"]) with input as some_found
	labels.total("pii.*") == 4 with input as some_found
	labels.total("phi.*") == 0 with input as some_found
	labels.distinct("pii.*") == 3 with input as some_found
	labels.found_surely("pii.*", 900) with input as some_found
	not labels.found_surely("pii.*", 901) with input as some_found
	not labels.found_surely("pii.government.*", 900) with input as some_found
}

someone := {"subject": {"roles": ["nurse"], "groups": ["ward"], "tenant": "acme", "actors": []}}

helped := {"subject": {"actors": [{"issuer": "i", "id": "near"}, {"issuer": "i", "id": "far"}]}}

test_who_asks if {
	subject.has_role("nurse") with input as someone
	not subject.has_role("doctor") with input as someone
	subject.has_any_role({"doctor", "nurse"}) with input as someone
	not subject.has_any_role({"doctor"}) with input as someone
	subject.in_any_group(["ward"]) with input as someone
	not subject.in_any_group([]) with input as someone
	not subject.in_any_group(["yard"]) with input as someone
	subject.of_tenant({"acme"}) with input as someone
	not subject.of_tenant({"other"}) with input as someone
}

test_who_acts if {
	not subject.delegated with input as someone
	subject.delegated with input as helped
	subject.delegated with input as {"subject": {"actors": [{"issuer": "i", "id": "near"}]}}
	subject.actor == "near" with input as helped
	subject.acts_through({"near", "far"}) with input as helped
	not subject.acts_through({"near"}) with input as helped
	not subject.acts_through({"near", "far"}) with input as someone
}

known := {
	"eu": {"labels": {"region": "eu", "baa": true}, "price": {"input": 1, "output": 2}},
	"us": {"labels": {"region": "us", "baa": false}, "price": {"input": 1, "output": 20}},
	"bare": {"labels": {}, "price": null},
}

test_endpoints_are_chosen_by_their_labels if {
	endpoints.labelled("baa", true) == {"eu"} with data.gateway.endpoints as known
	endpoints.in_regions({"eu", "us"}) == {"eu", "us"} with data.gateway.endpoints as known
	endpoints.at_home == {"us"} with data.gateway.endpoints as known with input.context.region as "us"
	endpoints.at_home == set() with data.gateway.endpoints as known with input.context.region as null
	endpoints.within_price(5) == {"eu"} with data.gateway.endpoints as known
	endpoints.within_price(2) == {"eu"} with data.gateway.endpoints as known
	endpoints.within_price(1) == set() with data.gateway.endpoints as known
}

test_endpoints_asked_for_are_those_of_the_model if {
	endpoints.asked == {"eu"} with data.gateway.models as {"m": {"endpoints": ["eu"]}}
		with input as {"request": {"model": "m"}, "resource": {"type": "model"}, "action": {"name": "chat"}}
}

# 2026-11-25 (a Wednesday) 10:30:00 UTC.
wednesday := {"context": {"now_ms": 1795602600000}}

test_time_is_told_at_an_offset if {
	time.weekday(0) == 3 with input as wednesday
	time.minute_of_day(0) == 630 with input as wednesday
	time.minute_of_day(90) == 720 with input as wednesday
	time.weekday(840) == 4 with input as wednesday
	time.minute_of_day(-660) == 1410 with input as wednesday
	time.weekday(-660) == 2 with input as wednesday
	time.weekday(0) == 4 with input as {"context": {"now_ms": 0}}
}

test_a_window_may_cross_midnight if {
	time.within(600, 660, 0) with input as wednesday
	not time.within(631, 660, 0) with input as wednesday
	not time.within(600, 630, 0) with input as wednesday
	time.within(1320, 631, 0) with input as wednesday
	time.within(600, 60, 0) with input as wednesday
	time.within(630, 660, 0) with input as wednesday
	time.within(630, 100, 0) with input as wednesday
	not time.within(700, 630, 0) with input as wednesday
	time.within(600, 600, 0) with input as wednesday
	time.within(700, 700, 0) with input as wednesday
	not time.within(1320, 360, 0) with input as wednesday
	time.on_days({3}, 0) with input as wednesday
	not time.on_days({0, 6}, 0) with input as wednesday
	time.until(1795602600000) with input as wednesday
	not time.until(1795602599999) with input as wednesday
}

counted := {"quota": [
	{"unit": "tokens", "limit": 1000, "used": 900, "remaining": 100},
	{"unit": "tokens", "limit": 400, "used": 100, "remaining": 300},
	{"unit": "requests", "limit": 0, "used": 0, "remaining": 0},
	{"unit": "concurrent", "limit": 1, "used": 1, "remaining": 0},
]}

test_the_scarcest_quota_counts if {
	quota.remaining("tokens") == 100 with input as counted
	quota.used_permille("tokens") == 900 with input as counted
	quota.used_permille("concurrent") == 1000 with input as counted
	quota.nearly_used("tokens", 900) with input as counted
	not quota.nearly_used("tokens", 901) with input as counted
	not quota.nearly_used("dollars", 0) with input as counted
	not quota.remaining("dollars") with input as counted
}

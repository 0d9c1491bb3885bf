# The decision on a request, entry point `gateway/decision`: combines the partial rules of all policy packages.
package gateway

# Faults come first: where a rule is malformed, what the others say does not matter. What permits stands before what denies, which takes
# longer to tell: something is authorized where nothing denies, and only there.
decision := object.union(denied, {"reasons": sort({fault.code | some fault in faults}), "faults": sort(faults)}) if {
	count(faults) > 0
} else := {
	"v": 1,
	"request_id": input.request.id,
	"effect": effect,
	"classification": {"tag": tag},
	"endpoints": sort(authorized),
	"obligations": sort(obligations),
	"redactions": redactions,
	"reasons": sort({rule.id | some rule in grants}),
	"unscanned": sort({kind | some rule in grants; some kind in rule.unscanned}),
	"message": null,
	"faults": [],
} if {
	count(forbids) == 0
	count(authorized) > 0
} else := object.union(denied, {"reasons": sort(denials), "message": message})

# The identifier of the request shows that the request was read at all.
denied := {
	"v": 1,
	"request_id": input.request.id,
	"effect": "deny",
	"classification": {"tag": tag},
	"endpoints": [],
	"obligations": [],
	"redactions": [],
	"reasons": [],
	"unscanned": [],
	"message": null,
	"faults": [],
}

default effect := "permit"

effect := "redact" if count(redactions) > 0

# The rules that matched. Rules of a tenant are there in that tenant's module alone.

permits contains rule if some rule in data.gateway.policy[_].permit

forbids contains rule if some rule in data.gateway.policy[_].forbid

forbids contains rule if some rule in data.gateway.tenant[_].forbid

restrictions contains rule if some rule in data.gateway.policy[_].restrict

restrictions contains rule if some rule in data.gateway.tenant[_].restrict

redacts contains rule if some rule in data.gateway.policy[_].redact

redacts contains rule if some rule in data.gateway.tenant[_].redact

obligations contains rule if some rule in data.gateway.policy[_].oblige

obligations contains rule if some rule in data.gateway.tenant[_].oblige

raised contains level if some level in data.gateway.policy[_].classify

raised contains level if some level in data.gateway.tenant[_].classify

# Permits that cover what could not be scanned and what the provider does on its own side: only these grant.
grants contains rule if {
	some rule in permits
	covers_content(rule)
	covers_server_side(rule)
}

covers_content(_) if {
	input.classification.complete == true
	count(input.classification.unscanned) == 0
}

covers_content(rule) if {
	count(input.classification.unscanned) > 0
	every part in input.classification.unscanned {
		part.kind in rule.unscanned
	}
}

covers_server_side(_) if count(input.request.server_side) == 0

covers_server_side(rule) if {
	every name in input.request.server_side {
		name in rule.server_side
	}
}

# Where the request may go: what the permits grant, within what was asked for, cut by the tenant and every restriction.
authorized contains id if {
	some rule in grants
	some id in rule.endpoints
	id in asked
	id in allowed
	every restriction in restrictions {
		id in restriction.endpoints
	}
}

asked contains id if {
	input.action.name == "models.list"
	some id in data.gateway.models[_].endpoints
}

asked contains id if {
	input.resource.type == "model"
	some id in data.gateway.models[input.request.model].endpoints
}

asked contains id if {
	input.resource.type == "http"
	id := data.gateway.routes[input.request.route].endpoint
}

# Without a tenants section everything is allowed; with one, a tenant that is not listed has the default's, or nothing.
allowed contains id if {
	data.gateway.tenants == null
	some id, _ in data.gateway.endpoints
}

allowed contains id if some id in data.gateway.tenants[input.subject.tenant].endpoints

allowed contains id if {
	not data.gateway.tenants[input.subject.tenant]
	some id in data.gateway.tenants["*"].endpoints
}

# The tag: the highest of the input's and all levels that rules raise it to.
tag := data.gateway.taxonomy.levels[max(ranks)]

ranks contains input.classification.rank

ranks contains rank if {
	some level in raised
	some rank, name in data.gateway.taxonomy.levels
	name == level
}

# Why a request is denied: by what is forbidden, else by what is missing.
denials contains rule.code if some rule in forbids

denials contains "no_permit" if {
	count(forbids) == 0
	count(permits) == 0
}

denials contains "classification.incomplete" if {
	is_unanswered
	every rule in permits { not covers_content(rule) }
}

denials contains "request.server_side" if {
	is_unanswered
	every rule in permits { not covers_server_side(rule) }
}

denials contains "no_authorized_endpoint" if {
	count(forbids) == 0
	count(grants) > 0
	count(authorized) == 0
}

# No single permit covers both, though each is covered by one.
denials contains code if {
	is_unanswered
	some covering in permits
	covers_content(covering)
	some serving in permits
	covers_server_side(serving)
	some code in ["classification.incomplete", "request.server_side"]
}

is_unanswered if {
	count(forbids) == 0
	count(permits) > 0
	count(grants) == 0
}

# What the caller is told: the text of the first forbid that has one.
default message := null

message := messages[0] if count(messages) > 0

messages := [rule.message | some rule in sort(forbids); is_string(rule.message)]

# Redactions whose labels match something found, those that leave least of a value first.
redactions := redactions_of(redacts, input.classification.labels)

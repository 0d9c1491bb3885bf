# METADATA
# title: Clinical work
# description: Health data and where it may go.
package gateway.policy.clinical

# Clinicians may use every endpoint of the model they ask for.
permit contains {"id": "clinicians", "endpoints": endpoints} if {
	"clinician" in input.subject.roles
	endpoints := data.gateway.models[input.request.model].endpoints
}

# Researchers may too, but never with health data in the prompt.
permit contains {"id": "researchers", "endpoints": endpoints} if {
	"researcher" in input.subject.roles
	not holds_health_data
	endpoints := data.gateway.models[input.request.model].endpoints
}

# Whoever was permitted: health data narrows the endpoints to those with an agreement.
restrict contains {"id": "phi_needs_baa", "endpoints": covered} if {
	holds_health_data
	covered := {id | some id, endpoint in data.gateway.endpoints; endpoint.labels.baa == true}
}

holds_health_data if {
	some label, _ in input.classification.labels
	startswith(label, "phi.")
}

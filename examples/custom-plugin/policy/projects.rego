# Unannounced projects stay on the premises.
package gateway.policy.projects

permit contains {"id": "engineers", "endpoints": endpoints} if {
	"engineer" in input.subject.roles
	endpoints := data.gateway.models[input.request.model].endpoints
}

restrict contains {"id": "code_names_stay_inside", "endpoints": inside} if {
	"project.code_name" in object.keys(input.classification.labels)
	inside := {id | some id, endpoint in data.gateway.endpoints; endpoint.labels.on_premises == true}
}

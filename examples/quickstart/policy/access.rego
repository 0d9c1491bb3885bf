# Who may use a model, and where the prompt may go.
package gateway.policy.access

staff := {"analyst", "clinician"}

permit contains {"id": "staff", "endpoints": endpoints} if {
	some role in input.subject.roles
	role in staff
	endpoints := data.gateway.models[input.request.model].endpoints
}

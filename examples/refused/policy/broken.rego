package gateway.policy.broken

permit contains {"id": "everyone", "endpoints": endpoint_ids} if {
	input.subject.role == "analyst"
}

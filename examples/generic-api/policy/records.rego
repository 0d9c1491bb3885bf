# Who may do what with the records service.
package gateway.policy.records

permit contains {"id": "readers", "endpoints": ["records-service"]} if {
	input.action.name in {"http.get", "http.head"}
	some role in input.subject.roles
	role in {"reader", "editor"}
}

permit contains {"id": "editors", "endpoints": ["records-service"]} if {
	input.action.name in {"http.post", "http.put", "http.patch"}
	"editor" in input.subject.roles
}

forbid contains {"code": "records_are_kept", "message": "Records are never deleted through this door."} if {
	input.action.name == "http.delete"
}

# A credential has no place in a record.
forbid contains {"code": "secret_in_record"} if {
	some label, _ in input.classification.labels
	startswith(label, "secret.")
}

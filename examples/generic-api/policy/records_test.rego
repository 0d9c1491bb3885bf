package gateway.policy.records_test

asked(role, action, labels) := {
	"subject": {"roles": [role]},
	"action": {"name": action},
	"classification": {"labels": labels},
}

permits(document) := ids if {
	ids := {rule.id | some rule in data.gateway.policy.records.permit} with input as document
}

forbids(document) := codes if {
	codes := {rule.code | some rule in data.gateway.policy.records.forbid} with input as document
}

test_a_reader_may_read if {
	permits(asked("reader", "http.get", {})) == {"readers"}
}

test_a_reader_may_not_write if {
	permits(asked("reader", "http.post", {})) == set()
}

test_an_editor_may_write if {
	permits(asked("editor", "http.post", {})) == {"editors"}
}

test_nobody_deletes if {
	forbids(asked("editor", "http.delete", {})) == {"records_are_kept"}
}

test_a_secret_is_not_stored if {
	forbids(asked("editor", "http.post", {"secret.aws_access_key": {"count": 1}})) == {"secret_in_record"}
}

# METADATA
# title: Who asks
# description: Roles, tenants, and who acts for whom. With `sallyport-role` a caller has that role alone.
package gateway.lib.subject

# METADATA
# title: The subject holds this role
has_role(role) if role in input.subject.roles

# METADATA
# title: The subject holds one of these roles
has_any_role(roles) if {
	some role in roles
	role in input.subject.roles
}

# METADATA
# title: The subject belongs to one of these groups
in_any_group(groups) if {
	some group in groups
	group in input.subject.groups
}

# METADATA
# title: The subject belongs to one of these tenants
of_tenant(tenants) if input.subject.tenant in tenants

# METADATA
# title: Somebody else acts for the subject
delegated if count(input.subject.actors) > 0

# METADATA
# title: The identifier of who acts, nearest to the request
actor := input.subject.actors[0].id

# METADATA
# title: Everybody who acts for the subject is one of these
acts_through(ids) if {
	delegated
	every party in input.subject.actors {
		party.id in ids
	}
}

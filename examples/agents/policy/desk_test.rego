package gateway.policy.desk_test

agent(roles, actors) := {"subject": {"type": "agent", "roles": roles, "actors": [{"issuer": "i", "id": id} | some id in actors]}}

test_an_agent_of_an_analyst_is_permitted if {
	data.gateway.policy.desk.permit == {{"id": "agents_of_analysts", "endpoints": ["local-model"]}} with input as agent(["analyst"], ["writer"])
	count(data.gateway.policy.desk.forbid) == 0 with input as agent(["analyst"], ["writer", "planner"])
}

test_an_unknown_agent_anywhere_in_the_chain_is_forbidden if {
	data.gateway.policy.desk.forbid == {{"code": "unknown_agent"}} with input as agent(["analyst"], ["writer", "stranger"])
}

test_an_agent_alone_is_forbidden if {
	data.gateway.policy.desk.forbid == {{"code": "agent_alone"}} with input as agent(["analyst"], [])
}

test_a_job_that_reads_is_permitted if {
	data.gateway.policy.desk.permit == {{"id": "readers", "endpoints": ["local-model"]}} with input as {"subject": {"type": "service", "roles": ["reader"], "actors": []}}
}

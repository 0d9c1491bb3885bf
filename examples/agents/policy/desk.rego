# METADATA
# title: Agents at the desk
# description: Which agents may act, and for whom.
package gateway.policy.desk

known_agents := {"writer", "planner", "spiffe://desk.example/writer"}

# An agent works with the roles of the person it acts for.
permit contains {"id": "agents_of_analysts", "endpoints": ["local-model"]} if {
	input.subject.type == "agent"
	"analyst" in input.subject.roles
}

# Jobs with an API key read and nothing else.
permit contains {"id": "readers", "endpoints": ["local-model"]} if {
	input.subject.type == "service"
	"reader" in input.subject.roles
}

# Every agent on the way from the person to this request must be one that is known here.
forbid contains {"code": "unknown_agent"} if {
	some actor in input.subject.actors
	not actor.id in known_agents
}

# An agent that acts for nobody has nobody who answers for it.
forbid contains {"code": "agent_alone"} if {
	input.subject.type == "agent"
	count(input.subject.actors) == 0
}

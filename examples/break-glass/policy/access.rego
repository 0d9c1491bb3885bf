# METADATA
# title: Restricted data, and how to reach it in an emergency
# description: Physicians work with it. Those on call may too, if they give a reason, which is recorded and never a grant by itself.
package gateway.policy.access

import data.gateway.lib.endpoints
import data.gateway.lib.subject
import data.gateway.lib.taxonomy

permit contains {"id": "staff", "endpoints": endpoints.asked} if {
	subject.has_any_role({"physician", "on_call"})
	taxonomy.below("restricted")
}

permit contains {"id": "physicians", "endpoints": endpoints.asked} if subject.has_role("physician")

permit contains {"id": "break_glass", "endpoints": endpoints.asked} if breaks_glass

# Without one of the configuration's reasons in sallyport-reason the request is denied: 403 GW_POLICY_REASON_REQUIRED.
oblige contains {"id": "why", "type": "require_reason"} if breaks_glass

# The answer says that it was reached this way, and the outcome's record says that it did.
oblige contains {"id": "glass_broken", "type": "mark", "break_glass": true} if breaks_glass

breaks_glass if {
	subject.has_role("on_call")
	not subject.has_role("physician")
	taxonomy.at_least("restricted")
}

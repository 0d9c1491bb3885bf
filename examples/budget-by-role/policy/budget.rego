# METADATA
# title: Budgets by role
# description: Engineers may use every endpoint, interns the cheap ones. What one request may cost stands in data.json.
package gateway.policy.budget

import data.gateway.lib.endpoints
import data.gateway.lib.quota
import data.gateway.lib.subject

cheap := endpoints.within_price(1)

permit contains {"id": "engineers", "endpoints": endpoints.asked} if subject.has_role("engineer")

permit contains {"id": "interns", "endpoints": cheap} if subject.has_role("intern")

# Routing compares it with each endpoint's price for this request. The obligation binds the gateway, not the caller.
oblige contains {"id": "request_budget", "type": "cost_budget", "micros": micros} if micros := data.budgets[input.subject.role].micros

# A request that names no bound, or a larger one, is denied.
oblige contains {"id": "short_answers", "type": "max_output_tokens", "n": 1000} if input.subject.role == "intern"

# When nine tenths of the month's money are gone, what is left is for the cheap ones.
restrict contains {"id": "nearly_spent", "endpoints": cheap} if quota.nearly_used("dollars", 900)

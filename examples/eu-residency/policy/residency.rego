# METADATA
# title: Where data may go
# description: Personal and health data, and everything of tenants whose contract says so, stay in the gateway's own region.
package gateway.policy.residency

import data.gateway.lib.endpoints
import data.gateway.lib.labels

permit contains {"id": "staff", "endpoints": endpoints.asked} if input.subject.type == "user"

# Images are not read: who sends one does so to an endpoint at home.
permit contains {"id": "images_at_home", "endpoints": endpoints.at_home, "unscanned": ["image"]} if input.subject.type == "user"

restrict contains {"id": "personal_data_stays", "endpoints": endpoints.at_home} if labels.found_any(["pii.*", "phi.*"])

# What a contract says of a tenant stands in data.json.
restrict contains {"id": "contract", "endpoints": endpoints.in_regions(regions)} if {
	regions := data.contracts[input.subject.tenant].regions
}

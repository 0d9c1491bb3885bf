# METADATA
# title: Sets of endpoints
# description: By their labels in the configuration, for `endpoints` of a rule.
package gateway.lib.endpoints

# METADATA
# title: Endpoints that carry this label with this value
labelled(label, value) := {id | some id, endpoint in data.gateway.endpoints; endpoint.labels[label] == value}

# METADATA
# title: Endpoints in one of these regions (label `region`)
in_regions(regions) := {id | some id, endpoint in data.gateway.endpoints; endpoint.labels.region in regions}

# METADATA
# title: Endpoints in the gateway's own region; none where it has no region
at_home := {id | some id, endpoint in data.gateway.endpoints; endpoint.labels.region == input.context.region}

# METADATA
# title: Endpoints of the model or route asked for
asked := data.gateway.asked

# METADATA
# title: Endpoints whose price for output is at most this, in US dollars a million tokens
within_price(dollars) := {id | some id, endpoint in data.gateway.endpoints; endpoint.price.output <= dollars}

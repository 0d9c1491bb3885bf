# METADATA
# title: Nor do they come in an answer
# description: A model may have learnt a credential, or made one up that fits. Card numbers are replaced.
package gateway.response.secrets

block contains {"code": "secret_in_answer"} if {
	some label, _ in input.response.classification.labels
	startswith(label, "secret.")
}

redact contains {"labels": ["pci.*"], "operator": "replace"}

# What may leave. A forbid always wins; a redaction is made before the decision is recorded and before anything is sent.
package gateway.policy.content

forbid contains {"code": "secret_in_prompt", "message": "The prompt holds a credential. Remove it and try again."} if {
	some label, _ in input.classification.labels
	startswith(label, "secret.")
}

redact contains {"labels": ["pii.*"], "operator": "replace"}

# METADATA
# title: Credentials never leave
# description: A prompt with one is denied, and the caller told why; what is marked stays inside.
package gateway.policy.secrets

import data.gateway.lib.endpoints
import data.gateway.lib.labels

permit contains {"id": "staff", "endpoints": endpoints.asked} if input.subject.type == "user"

forbid contains {"code": "secret_in_prompt", "message": "The prompt holds a credential. Remove it, and renew it where it was shared."} if labels.found("secret.*")

restrict contains {"id": "marked_stays_inside", "endpoints": endpoints.labelled("location", "inside")} if labels.found_any(["source_code", "export.*"])

classify contains "restricted" if labels.found("source_code")

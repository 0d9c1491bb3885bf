// Package capabilities takes the place of OPA's package of the same name in our build. Upstream embeds the
// capabilities of every release of OPA there (about 4 MB), which nothing in this compiler reads.
package capabilities

import "embed"

// FS is empty: only LoadCapabilitiesVersion would read it, and nothing here calls that.
var FS embed.FS

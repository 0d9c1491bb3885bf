#!/bin/sh
# Rebuilds the compiler from source: compiler.wasm.br (brotli), compiler.sha256 (digest of the uncompressed module)
# and NOTICE. Needs Go and Node; the same sources give the same bytes in any folder. Everything else that this makes
# stays in a temporary folder. Usage: build.sh [OUTPUT_FOLDER], default beside this script.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
output=$(mkdir -p "${1:-$here}" && cd "${1:-$here}" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM

cp "$here"/*.go "$here"/go.mod "$here"/go.sum "$work"
cd "$work"
export GOTOOLCHAIN=go1.26.8 GOFLAGS= GOWORK=off CGO_ENABLED=0 GOOS=wasip1 GOARCH=wasm GOWASM=

# Go refuses an overlay on the module cache, hence the vendored copy.
go mod vendor
cat > overlay.json <<EOF
{"Replace": {"$work/vendor/github.com/open-policy-agent/opa/capabilities/capabilities.go": "$here/overlay/capabilities.go"}}
EOF
go build -mod=vendor -overlay overlay.json -buildmode=c-shared -trimpath -buildvcs=false -ldflags='-s -w' -o compiler.wasm .
node "$here/pack.mjs" compiler.wasm "$output"
go list -mod=vendor -deps -f '{{with .Module}}{{.Path}} {{.Version}}{{end}}' . | sort -u |
  node "$here/notice.mjs" vendor "$(go env GOROOT)" > "$output/NOTICE"

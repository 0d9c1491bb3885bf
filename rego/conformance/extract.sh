#!/bin/sh
# Takes OPA's conformance cases for Rego v1 out of the module that rego/compiler/go.mod pins: cases.ndjson.br, the same bytes
# for the same release. Needs Go and Node. Usage: extract.sh [OUTPUT_FOLDER], default beside this script.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
output=$(mkdir -p "${1:-$here}" && cd "${1:-$here}" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM

cp "$here"/../compiler/go.mod "$here"/../compiler/go.sum "$work"
cp -r "$here"/../compiler/conformance "$work"
cd "$work"
export GOTOOLCHAIN=go1.26.8 GOFLAGS=-mod=mod GOWORK=off CGO_ENABLED=0
cases=$(go list -m -f '{{.Dir}}' github.com/open-policy-agent/opa)/v1/test/cases/testdata/v1
go run ./conformance "$cases" > cases.ndjson
node "$here/../compiler/pack.mjs" --file cases.ndjson "$output/cases.ndjson.br"

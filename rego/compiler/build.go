package main

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/bundle"
	"github.com/open-policy-agent/opa/v1/compile"
	"github.com/open-policy-agent/opa/v1/rego"
)

// built is a policy as WebAssembly (base64 in JSON), with its entry points in the order of their ids.
type built struct {
	Wasm        []byte   `json:"wasm"`
	Entrypoints []string `json:"entrypoints"`
}

// build compiles modules to one policy.wasm. They pass the check of unsafe builtins first, then are compiled without
// them in the capabilities.
func build(asked *request) (any, error) {
	modules, err := parseModules(asked)
	if err != nil {
		return nil, err
	}
	if _, err := compileWith(asked, modules, offline(released)); err != nil {
		return nil, err
	}
	given, err := bundleOf(asked, modules)
	if err != nil {
		return nil, err
	}
	return compileBundle(asked, given)
}

// bundleOf copies modules: what OPA does to those of a bundle shows in them.
func bundleOf(asked *request, modules map[string]*ast.Module) (*bundle.Bundle, error) {
	data, err := dataOf(asked)
	if err != nil {
		return nil, err
	}
	given := &bundle.Bundle{Data: data}
	given.SetRegoVersion(ast.RegoV1)
	given.Manifest.Init()
	texts := map[string]string{}
	for _, source := range asked.Modules {
		texts[source.Path] = source.Text
	}
	for _, path := range slices.Sorted(maps.Keys(modules)) {
		given.Modules = append(given.Modules, bundle.ModuleFile{
			URL: path, Path: path, Parsed: modules[path].Copy(), Raw: []byte(texts[path]),
		})
	}
	return given, nil
}

func compileBundle(asked *request, given *bundle.Bundle) (built, error) {
	entrypoints := slices.Sorted(slices.Values(asked.Entrypoints))
	compiler := compile.New().
		WithTarget(compile.TargetWasm).
		WithBundle(given).
		WithEntrypoints(slices.Compact(entrypoints)...).
		WithRegoAnnotationEntrypoints(len(entrypoints) == 0).
		WithPruneUnused(true).
		WithRegoVersion(ast.RegoV1).
		WithCapabilities(capabilities(asked))
	if err := compiler.Build(context.Background()); err != nil {
		return built{}, err
	}
	made := compiler.Bundle()
	if len(made.WasmModules) != 1 {
		return built{}, errors.New("the compiler made no WebAssembly module")
	}
	return built{Wasm: made.WasmModules[0].Raw, Entrypoints: entrypointsOf(made)}, nil
}

func entrypointsOf(made *bundle.Bundle) []string {
	var names []string
	for _, resolver := range made.Manifest.WasmResolvers {
		names = append(names, strings.TrimPrefix(resolver.Entrypoint, "/"))
	}
	slices.Sort(names)
	return names
}

// buildQuery compiles one query over modules; entry point 0 answers its set of bindings.
func buildQuery(asked *request) (any, error) {
	options, err := regoOptions(asked)
	if err != nil {
		return nil, err
	}
	made, err := rego.New(options...).Compile(context.Background())
	if err != nil {
		return nil, err
	}
	return built{Wasm: made.Bytes, Entrypoints: []string{}}, nil
}

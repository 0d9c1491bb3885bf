package main

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
	astjson "github.com/open-policy-agent/opa/v1/ast/json"
	"github.com/open-policy-agent/opa/v1/format"
	opaversion "github.com/open-policy-agent/opa/v1/version"
)

// checked is the answer of check: nothing found means accepted.
type checked struct {
	Diagnostics []diagnostic `json:"diagnostics"`
}

func check(asked *request) (any, error) {
	modules, err := parseModules(asked)
	if err != nil {
		return checked{Diagnostics: diagnose(err)}, nil
	}
	if _, err := compileModules(asked, modules); err != nil {
		return checked{Diagnostics: diagnose(err)}, nil
	}
	return checked{Diagnostics: []diagnostic{}}, nil
}

// tree is one module's syntax tree in OPA's JSON form, with locations.
type tree struct {
	Path   string          `json:"path"`
	Module json.RawMessage `json:"module"`
}

func parse(asked *request) (any, error) {
	modules, err := parseModules(asked)
	if err != nil {
		return nil, err
	}
	astjson.SetOptions(everyLocation())
	defer astjson.SetOptions(astjson.Defaults())
	trees := make([]tree, 0, len(modules))
	for _, path := range slices.Sorted(maps.Keys(modules)) {
		encoded, err := json.Marshal(modules[path])
		if err != nil {
			return nil, err
		}
		trees = append(trees, tree{Path: path, Module: encoded})
	}
	return trees, nil
}

func everyLocation() astjson.Options {
	return astjson.Options{MarshalOptions: astjson.MarshalOptions{IncludeLocation: astjson.NodeToggle{
		Term: true, Package: true, Comment: true, Import: true, Rule: true, Head: true, Expr: true,
		SomeDecl: true, Every: true, With: true, Annotations: true, AnnotationsRef: true, Not: true,
	}}}
}

// formatted is one module in OPA's own layout.
type formatted struct {
	Path    string `json:"path"`
	Text    string `json:"text"`
	Changed bool   `json:"changed"`
}

func formatSource(asked *request) (any, error) {
	if _, err := parseModules(asked); err != nil {
		return nil, err
	}
	done := make([]formatted, 0, len(asked.Modules))
	for _, source := range asked.Modules {
		text, err := format.SourceWithOpts(source.Path, []byte(source.Text), format.Opts{RegoVersion: ast.RegoV1})
		if err != nil {
			return nil, asErrors(source.Path, err)
		}
		done = append(done, formatted{
			Path: source.Path, Text: string(text), Changed: !bytes.Equal(text, []byte(source.Text)),
		})
	}
	return done, nil
}

func version(*request) (any, error) {
	return map[string]string{"opa": opaversion.Version}, nil
}

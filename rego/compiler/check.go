package main

import (
	"bytes"
	"github.com/open-policy-agent/opa/v1/ast"
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
	if _, err := compileWith(asked, modules, offline(released)); err != nil {
		return checked{Diagnostics: diagnose(err)}, nil
	}
	return checked{Diagnostics: []diagnostic{}}, nil
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

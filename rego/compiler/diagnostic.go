package main

import (
	"cmp"
	"errors"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// diagnostic is one fault with its place. Row and Column count from 1; 0 is unknown. Code is OPA's own.
type diagnostic struct {
	File    string `json:"file"`
	Row     int    `json:"row"`
	Column  int    `json:"column"`
	Code    string `json:"code"`
	Message string `json:"message"`
	// Severity is "" for a fault, else finding or warning.
	Severity string `json:"severity,omitempty"`
}

// diagnose turns whatever OPA returned as an error into diagnostics in the order of their places.
func diagnose(err error) []diagnostic {
	var (
		evaluated *topdown.Error
		compiled  ast.Errors
		single    *ast.Error
		stored    *storage.Error
		found     []diagnostic
	)
	// An evaluation error may wrap a parse error (rego.parse_module), so it is tried first.
	switch {
	case errors.As(err, &evaluated):
		found = []diagnostic{placed(evaluated.Location, evaluated.Code, evaluated.Message)}
	case errors.As(err, &compiled):
		for _, fault := range compiled {
			found = append(found, placed(fault.Location, fault.Code, fault.Message))
		}
	case errors.As(err, &single):
		found = []diagnostic{placed(single.Location, single.Code, single.Message)}
	case errors.As(err, &stored):
		found = []diagnostic{placed(nil, stored.Code, stored.Message)}
	default:
		found = []diagnostic{placed(nil, "rego_error", err.Error())}
	}
	slices.SortStableFunc(found, compareDiagnostics)
	return found
}

func placed(at *ast.Location, code, message string) diagnostic {
	if at == nil {
		return diagnostic{Code: code, Message: message}
	}
	return diagnostic{File: at.File, Row: at.Row, Column: at.Col, Code: code, Message: message}
}

func compareDiagnostics(a, b diagnostic) int {
	return cmp.Or(
		cmp.Compare(a.File, b.File),
		cmp.Compare(a.Row, b.Row),
		cmp.Compare(a.Column, b.Column),
		cmp.Compare(a.Message, b.Message),
	)
}

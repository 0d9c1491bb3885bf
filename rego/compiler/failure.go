package main

import (
	"bytes"
	"context"
	"fmt"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/tester"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// furthestFailure is a tracer that keeps the last line of one rule at which an expression did not hold.
type furthestFailure struct {
	rule *ast.Location
	at   *ast.Location
}

func (*furthestFailure) Enabled() bool               { return true }
func (*furthestFailure) Config() topdown.TraceConfig { return topdown.TraceConfig{} }

func (tracer *furthestFailure) TraceEvent(event topdown.Event) {
	if event.Op != topdown.FailOp || event.Location == nil || !tracer.within(event.Location) {
		return
	}
	if tracer.at == nil || event.Location.Row > tracer.at.Row {
		tracer.at = event.Location
	}
}

func (tracer *furthestFailure) within(at *ast.Location) bool {
	last := tracer.rule.Row + bytes.Count(tracer.rule.Text, []byte("\n"))
	return at.File == tracer.rule.File && at.Row >= tracer.rule.Row && at.Row <= last
}

// failure runs a failed test again under a tracer and says how far it got: `<file>:<row>: <expression>`.
func failure(compiler *ast.Compiler, store storage.Store, failed *tester.Result) string {
	if failed.Location == nil {
		return ""
	}
	tracer := &furthestFailure{rule: failed.Location}
	query := rego.New(
		rego.Query(failed.Package+"."+failed.Name),
		rego.Compiler(compiler),
		rego.Store(store),
		rego.QueryTracer(tracer),
	)
	if _, err := query.Eval(context.Background()); err != nil || tracer.at == nil {
		return ""
	}
	return fmt.Sprintf("%s:%d: %s", tracer.at.File, tracer.at.Row, tracer.at.Text)
}

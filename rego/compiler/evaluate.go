package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/metrics"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/topdown"
	"github.com/open-policy-agent/opa/v1/topdown/builtins"
)

// regoOptions are the modules, data and limits of a request as OPA's rego package takes them.
func regoOptions(asked *request) ([]func(*rego.Rego), error) {
	modules, err := parseModules(asked)
	if err != nil {
		return nil, err
	}
	store, err := storeOf(asked)
	if err != nil {
		return nil, err
	}
	options := []func(*rego.Rego){
		rego.Query(asked.Query),
		rego.SetRegoVersion(ast.RegoV1),
		rego.Capabilities(capabilities(asked)),
		rego.UnsafeBuiltins(unsafeBuiltins(asked)),
		rego.StrictBuiltinErrors(asked.StrictErrors),
		rego.Store(store),
	}
	for _, path := range slices.Sorted(maps.Keys(modules)) {
		options = append(options, rego.ParsedModule(modules[path].Copy()))
	}
	return options, nil
}

// evaluated holds the results of a query as JSON text, so that numbers stay exact on their way out: in OPA's own
// form, one `{expressions, bindings}` for each way to satisfy the query.
type evaluated struct {
	ResultsText string `json:"results_text"`
	// Matched are authors' rules that were true on the way.
	Matched []ruleAt `json:"matched"`
}

// evaluate answers a query by OPA's interpreter, the reference that policy.wasm is held against.
func evaluate(asked *request) (any, error) {
	options, err := regoOptions(asked)
	if err != nil {
		return nil, err
	}
	ctx := context.Background()
	prepared, err := rego.New(options...).PrepareForEval(ctx)
	if err != nil {
		return nil, err
	}
	given := []rego.EvalOption{rego.EvalSortSets(true)}
	input, err := inputOf(asked)
	if err != nil {
		return nil, err
	}
	if input != nil {
		given = append(given, rego.EvalParsedInput(input))
	}
	seen := newWitness()
	if asked.Matched {
		given = append(given, rego.EvalQueryTracer(seen))
	}
	results, err := prepared.Eval(ctx, given...)
	if err != nil {
		return nil, err
	}
	if results == nil {
		results = rego.ResultSet{}
	}
	text, err := encode(results)
	return evaluated{ResultsText: string(text), Matched: seen.matched(asked)}, err
}

// inputOf is the input document, from JSON text or, for sets and the like, from the text of a Rego term.
// Neither leaves `input` undefined.
func inputOf(asked *request) (ast.Value, error) {
	switch {
	case asked.InputTerm != "":
		term, err := ast.ParseTerm(asked.InputTerm)
		if err != nil {
			return nil, fmt.Errorf("input_term: %w", err)
		}
		return term.Value, nil
	case asked.InputText != "":
		return ast.ValueFromReader(strings.NewReader(asked.InputText))
	}
	return nil, nil
}

// called is what a builtin answered: the value as a Rego term and the same as JSON text, both with exact numbers.
type called struct {
	Defined   bool   `json:"defined"`
	TermText  string `json:"term_text"`
	ValueText string `json:"value_text"`
}

// evaluation is shared by all builtin calls until the next request with `begin`: one clock reading, one cache.
var evaluation = newEvaluation()

func newEvaluation() topdown.BuiltinContext {
	now := time.Now().UnixNano()
	return topdown.BuiltinContext{
		Context:      context.Background(),
		Metrics:      metrics.NoOp(),
		Seed:         rand.Reader,
		Time:         ast.NumberTerm(json.Number(strconv.FormatInt(now, 10))),
		Cancel:       topdown.NewCancel(),
		Cache:        builtins.Cache{},
		Location:     &ast.Location{},
		Capabilities: released,
	}
}

// callBuiltin runs one builtin of OPA for a policy.wasm that imports it.
func callBuiltin(asked *request) (any, error) {
	if _, refused := slices.BinarySearch(forbidden(asked), asked.Name); refused {
		return nil, fmt.Errorf("the builtin %s is forbidden", asked.Name)
	}
	run := topdown.GetBuiltin(asked.Name)
	if run == nil {
		return nil, fmt.Errorf("there is no builtin %s", asked.Name)
	}
	arguments, err := argumentsOf(asked.ArgumentsText)
	if err != nil {
		return nil, err
	}
	if asked.Begin {
		evaluation = newEvaluation()
	}
	var answer called
	err = run(evaluation, arguments, func(term *ast.Term) error {
		value, err := ast.JSONWithOpt(term.Value, ast.JSONOpt{SortSets: true})
		if err != nil {
			return err
		}
		text, err := encode(value)
		answer = called{Defined: true, TermText: term.Value.String(), ValueText: string(text)}
		return err
	})
	return answer, err
}

// argumentsOf reads an argument list: JSON where it is JSON, else a Rego array (it may hold sets).
func argumentsOf(text string) ([]*ast.Term, error) {
	value, err := ast.ValueFromReader(strings.NewReader(text))
	if err != nil {
		term, termErr := ast.ParseTerm(text)
		if termErr != nil {
			return nil, fmt.Errorf("arguments: %w", termErr)
		}
		value = term.Value
	}
	list, ok := value.(*ast.Array)
	if !ok {
		return nil, fmt.Errorf("arguments: a list is required")
	}
	terms := make([]*ast.Term, 0, list.Len())
	list.Foreach(func(term *ast.Term) { terms = append(terms, term) })
	return terms, nil
}

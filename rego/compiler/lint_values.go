package main

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/open-policy-agent/opa/v1/ast"
)

// form is what a kind of rule holds: fields that must be there, and those that may be (nil: any).
type form struct {
	needs []string
	may   []string
}

var forms = map[string]form{
	"permit":   {[]string{"id", "endpoints"}, []string{"unscanned", "server_side"}},
	"forbid":   {[]string{"code"}, []string{"message"}},
	"block":    {[]string{"code"}, []string{"message"}},
	"restrict": {[]string{"id", "endpoints"}, []string{}},
	"redact":   {[]string{"labels", "operator"}, []string{}},
	"oblige":   {[]string{"id", "type"}, nil},
}

var (
	operators = []string{"replace", "mask", "remove", "hash", "generalise", "pseudonym", "encrypt", "drop_part"}
	kinds     = []string{"image", "audio", "file", "token_array", "remote", "state", "encrypted", "binary", "opaque"}
)

// obligations are the types of an obligation with the parameters that each needs; a mark takes any.
var obligations = map[string][]string{
	"mark": nil, "response_mode": {"mode"}, "latency_budget": {"ms"}, "cost_budget": {"micros"},
	"max_output_tokens": {"n"}, "require_reason": {},
}

var obligationTypes = []string{"mark", "response_mode", "latency_budget", "cost_budget", "max_output_tokens", "require_reason"}

var modes = []string{"incremental", "buffer", "observe"}

// literals refuses what a rule writes out and is wrong. Computed values are held to the same when they are evaluated,
// where they deny.
func (l *linter) literals(rule *ast.Rule, name string) {
	key := rule.Head.Key
	if name == "classify" {
		l.named(key, l.levels(), "a level of the taxonomy")
		return
	}
	if isComputed(key) {
		return
	}
	object, ok := key.Value.(ast.Object)
	if !ok {
		l.value(key, fmt.Sprintf("%s holds objects", name))
		return
	}
	given := map[string]*ast.Term{}
	var order []string
	object.Foreach(func(field, value *ast.Term) {
		if text, constant := field.Value.(ast.String); constant {
			given[string(text)] = value
			order = append(order, string(text))
		}
	})
	l.fields(name, key, given, order)
	l.fieldValues(name, given)
}

func (l *linter) value(at *ast.Term, message string) {
	l.add(at.Location, "policy_value_error", message)
}

func (l *linter) levels() []string {
	if l.known == nil {
		return nil
	}
	return l.known.Levels
}

func (l *linter) fields(name string, key *ast.Term, given map[string]*ast.Term, order []string) {
	needs, may := forms[name].needs, forms[name].may
	for _, field := range needs {
		if given[field] == nil {
			l.value(key, fmt.Sprintf("%s needs %s", name, field))
		}
	}
	if name == "oblige" {
		parameters, kind, fixed := parametersOf(given["type"])
		for _, field := range parameters {
			if given[field] == nil {
				l.value(key, fmt.Sprintf("%s needs %s", kind, field))
			}
		}
		if !fixed {
			return
		}
		may = parameters
	}
	for _, field := range order {
		if !slices.Contains(needs, field) && !slices.Contains(may, field) {
			l.value(given[field], fmt.Sprintf("%s takes no %s", name, field))
		}
	}
}

// parametersOf tells the parameters of an obligation whose type is written out and takes no others.
func parametersOf(term *ast.Term) (parameters []string, kind string, fixed bool) {
	if term == nil {
		return nil, "", false
	}
	text, _ := term.Value.(ast.String)
	parameters, is := obligations[string(text)]
	return parameters, string(text), is && parameters != nil
}

func (l *linter) fieldValues(name string, given map[string]*ast.Term) {
	with := func(field string, check func(*ast.Term)) {
		if term := given[field]; term != nil {
			check(term)
		}
	}
	var endpoints []string
	if l.known != nil {
		endpoints = l.known.Endpoints
	}
	with("id", func(term *ast.Term) { l.text(term, "id") })
	with("code", func(term *ast.Term) { l.text(term, "code") })
	with("message", l.message)
	with("endpoints", func(term *ast.Term) {
		l.each(term, func(item *ast.Term) { l.named(item, endpoints, "a configured endpoint") })
		if name == "permit" && isEmptyCollection(term) {
			l.value(term, "a permit without endpoints never grants anything")
		}
	})
	with("labels", func(term *ast.Term) { l.each(term, func(item *ast.Term) { l.text(item, "a label") }) })
	with("unscanned", func(term *ast.Term) {
		l.each(term, func(item *ast.Term) { l.named(item, kinds, "an unscanned kind") })
	})
	with("server_side", func(term *ast.Term) { l.each(term, func(item *ast.Term) { l.text(item, "a name") }) })
	with("operator", func(term *ast.Term) { l.named(term, operators, "a redaction operator") })
	if name == "oblige" {
		with("type", func(term *ast.Term) { l.named(term, obligationTypes, "a type of obligation") })
		l.parameters(given)
	}
}

// parameters holds those of an obligation whose type is written out to their form.
func (l *linter) parameters(given map[string]*ast.Term) {
	_, kind, fixed := parametersOf(given["type"])
	if !fixed {
		return
	}
	if mode := given["mode"]; kind == "response_mode" && mode != nil {
		l.named(mode, modes, "a mode")
	}
	for _, field := range []string{"ms", "micros", "n"} {
		term := given[field]
		if term == nil || isComputed(term) || !slices.Contains(obligations[kind], field) {
			continue
		}
		number, ok := term.Value.(ast.Number)
		if whole, is := number.Int64(); !ok || !is || whole < 0 {
			l.value(term, fmt.Sprintf("%s must be a whole number", field))
		}
	}
}

func (l *linter) message(term *ast.Term) {
	if _, written := term.Value.(ast.String); !written {
		l.value(term, "message must be written out: callers are told no facts")
	}
}

func isComputed(term *ast.Term) bool {
	switch term.Value.(type) {
	case ast.String, ast.Number, ast.Boolean, ast.Null, *ast.Array, ast.Set, ast.Object:
		return false
	}
	return true
}

func isEmptyCollection(term *ast.Term) bool {
	switch value := term.Value.(type) {
	case *ast.Array:
		return value.Len() == 0
	case ast.Set:
		return value.Len() == 0
	}
	return false
}

func (l *linter) each(term *ast.Term, check func(*ast.Term)) {
	switch value := term.Value.(type) {
	case *ast.Array:
		value.Foreach(check)
	case ast.Set:
		value.Foreach(check)
	default:
		if !isComputed(term) {
			l.value(term, "must be a list or a set")
		}
	}
}

func (l *linter) text(term *ast.Term, what string) {
	if isComputed(term) {
		return
	}
	text, written := term.Value.(ast.String)
	if !written || text == "" || utf8.RuneCountInString(string(text)) > 128 {
		l.value(term, what+" must be text of 1 to 128 characters")
	}
}

// named refuses a text that is none of names; nil names: any text may stand.
func (l *linter) named(term *ast.Term, names []string, what string) {
	if names == nil {
		l.text(term, what)
		return
	}
	text, written := term.Value.(ast.String)
	if isComputed(term) || (written && slices.Contains(names, string(text))) {
		return
	}
	shown := "this"
	if written {
		shown = string(text)
	}
	l.value(term, fmt.Sprintf("%s is not %s: %s", shown, what, strings.Join(names, ", ")))
}

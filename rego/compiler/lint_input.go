package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// impossible tells why a field of the input never has a value that a rule compares it with: by the input's schema, by the
// taxonomy, or, as a finding, by the models of the configuration.
func (l *linter) impossible(expr *ast.Expr, ref ast.Ref, constant *ast.Term) *exclusion {
	text, is := constant.Value.(ast.String)
	if !is {
		return nil
	}
	path := ref.String()
	names, severity := valuesAt(l.schema, ref[1:]), ""
	switch {
	case l.known == nil:
	case path == "input.classification.tag":
		names = l.known.Levels
	case path == "input.request.model":
		names, severity = l.known.Models, finding
	}
	if names == nil || slices.Contains(names, string(text)) || slices.ContainsFunc(names, prefixOf(string(text))) {
		return nil
	}
	return &exclusion{at: expr.Location, severity: severity, reason: fmt.Sprintf("%s is never %q, only %s", path, string(text), strings.Join(names, ", "))}
}

// prefixOf matches the names that stand for all texts with that beginning: `http.*`.
func prefixOf(text string) func(string) bool {
	return func(name string) bool {
		stem, open := strings.CutSuffix(name, "*")
		return open && strings.HasPrefix(text, stem)
	}
}

// valuesAt lists the texts that a JSON schema allows at a path of constants; nil where it allows any. A pattern that is
// no more than a beginning is listed as that beginning and a star.
func valuesAt(schema any, path ast.Ref) []string {
	object, is := schema.(map[string]any)
	if !is {
		return nil
	}
	if alternatives, is := object["anyOf"].([]any); is {
		return joined(alternatives, path)
	}
	if len(path) > 0 {
		field, constant := path[0].Value.(ast.String)
		properties, is := object["properties"].(map[string]any)
		if !constant || !is {
			return nil
		}
		return valuesAt(properties[string(field)], path[1:])
	}
	if object["type"] != "string" {
		return nil
	}
	if pattern, is := object["pattern"].(string); is && strings.HasPrefix(pattern, "^http") {
		return []string{"http.*"}
	}
	listed, _ := object["enum"].([]any)
	var names []string
	for _, one := range listed {
		if name, is := one.(string); is {
			names = append(names, name)
		}
	}
	return names
}

// joined are the texts of all alternatives; nil where one of them, other than null, allows any.
func joined(alternatives []any, path ast.Ref) []string {
	var names []string
	for _, one := range alternatives {
		object, _ := one.(map[string]any)
		if object["type"] == "null" {
			continue
		}
		listed := valuesAt(one, path)
		if listed == nil {
			return nil
		}
		names = append(names, listed...)
	}
	return names
}

// unreachable finds configured endpoints that no permit names. One permit whose endpoints are computed may name any.
func (l *linter) unreachable(modules []placedModule) {
	if l.known == nil {
		return
	}
	permitted, permits := map[string]bool{}, 0
	for _, one := range modules {
		for _, rule := range one.Rules {
			if ruleName(rule) != "permit" || kindOf(packagePath(one.Module)) != "policy" || !isPartialSet(rule) {
				continue
			}
			permits++
			if !namedEndpoints(rule, permitted) {
				return
			}
		}
	}
	for name := range permitted {
		if !slices.Contains(l.known.Endpoints, name) {
			return // a fault of its own, and perhaps the very one that is missing
		}
	}
	for _, name := range l.known.Endpoints {
		if permits > 0 && !permitted[name] {
			l.addAs(finding, &ast.Location{File: authored, Row: 1, Col: 1}, "policy_endpoint_unreachable", fmt.Sprintf("no rule can permit the endpoint %s", name))
		}
	}
}

// namedEndpoints adds the endpoints that a permit writes out, in its head or by a variable of its body; false: they are computed.
func namedEndpoints(rule *ast.Rule, into map[string]bool) bool {
	object, is := rule.Head.Key.Value.(ast.Object)
	if !is {
		return false
	}
	term := object.Get(ast.StringTerm("endpoints"))
	if term == nil {
		return true // a fault of its own
	}
	if _, variable := term.Value.(ast.Var); variable {
		term = assigned(rule.Body, term)
	}
	if term == nil || isComputed(term) {
		return false
	}
	every := true
	add := func(item *ast.Term) {
		text, constant := item.Value.(ast.String)
		every = every && constant
		into[string(text)] = true
	}
	switch value := term.Value.(type) {
	case *ast.Array:
		value.Foreach(add)
	case ast.Set:
		value.Foreach(add)
	}
	return every
}

// assigned is what a body assigns to a variable at its top level.
func assigned(body ast.Body, variable *ast.Term) *ast.Term {
	for _, expr := range body {
		if (expr.IsAssignment() || expr.IsEquality()) && expr.Operand(0).Equal(variable) {
			return expr.Operand(1)
		}
	}
	return nil
}

package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// never refuses rules that can never be true: a condition that is false, two that exclude each other, a value that the
// input never has, a helper that is itself never defined. What a configuration alone excludes is a finding.
func (l *linter) never(modules []placedModule) {
	dead := map[string]bool{}
	for {
		before := len(dead)
		definitions := map[string]bool{} // paths with a rule that may be true
		for _, one := range modules {
			for _, rule := range one.Rules {
				path := one.Package.Path.String() + "." + ruleName(rule)
				definitions[path] = definitions[path] || rule.Default || l.excluded(rule, one, dead) == nil
			}
		}
		for path, alive := range definitions {
			if !alive {
				dead[path] = true
			}
		}
		if len(dead) == before {
			break
		}
	}
	for _, one := range modules {
		for _, rule := range one.Rules {
			if why := l.excluded(rule, one, dead); why != nil {
				l.addAs(why.severity, why.at, "policy_never_true", fmt.Sprintf("%s can never be true here: %s", ruleName(rule), why.reason))
			}
		}
	}
}

// exclusion says why a body can never hold.
type exclusion struct {
	at       *ast.Location
	reason   string
	severity string
}

func (l *linter) excluded(rule *ast.Rule, one placedModule, dead map[string]bool) *exclusion {
	if rule.Default || rule.Else != nil {
		return nil
	}
	body := bodyCheck{linter: l, values: map[string]*bounds{}, dead: dead, imports: importsOf(one.Module)}
	for _, expr := range rule.Body {
		if why := body.expression(expr); why != nil {
			return why
		}
	}
	return nil
}

// importsOf are the names that imports give to packages and rules: `import data.gateway.lib.a` names a.
func importsOf(one *ast.Module) map[string]string {
	names := map[string]string{}
	for _, imported := range one.Imports {
		if ref, ok := imported.Path.Value.(ast.Ref); ok {
			names[string(imported.Name())] = ref.String()
		}
	}
	names[""] = one.Package.Path.String()
	return names
}

// bounds are what the conditions of one body leave of the values of one reference.
type bounds struct {
	equal           *ast.Term
	among           []*ast.Term
	not             []*ast.Term
	least, most     *ast.Term
	leastIs, mostIs bool // the bound itself is allowed
}

type bodyCheck struct {
	linter  *linter
	values  map[string]*bounds
	dead    map[string]bool
	imports map[string]string
}

func (body *bodyCheck) expression(expr *ast.Expr) *exclusion {
	if len(expr.With) > 0 {
		return nil
	}
	if term, alone := expr.Terms.(*ast.Term); alone {
		if value, constant := term.Value.(ast.Boolean); constant && bool(value) == expr.Negated {
			return &exclusion{at: expr.Location, reason: "this condition is false"}
		}
		return body.reference(term, expr)
	}
	if !expr.IsCall() || len(expr.Operands()) != 2 {
		return nil
	}
	a, b := expr.Operand(0), expr.Operand(1)
	switch expr.Operator().String() {
	case "internal.member_2":
		return body.member(expr, a, b)
	case "equal", "eq", "assign":
		return body.compared(expr, "==", a, b)
	case "neq":
		return body.compared(expr, "!=", a, b)
	case "lt":
		return body.compared(expr, "<", a, b)
	case "lte":
		return body.compared(expr, "<=", a, b)
	case "gt":
		return body.compared(expr, ">", a, b)
	case "gte":
		return body.compared(expr, ">=", a, b)
	}
	return nil
}

// reference finds a helper that is never defined.
func (body *bodyCheck) reference(term *ast.Term, expr *ast.Expr) *exclusion {
	if expr.Negated {
		return nil
	}
	var path string
	switch value := term.Value.(type) {
	case ast.Var:
		path = body.imports[""] + "." + string(value)
	case ast.Ref:
		path = body.resolved(value)
	}
	if !body.dead[path] {
		return nil
	}
	return &exclusion{at: expr.Location, reason: term.String() + " is never defined"}
}

func (body *bodyCheck) resolved(ref ast.Ref) string {
	head, _ := ref[0].Value.(ast.Var)
	if imported, is := body.imports[string(head)]; is && string(head) != "" {
		return strings.Replace(ref.String(), string(head), imported, 1)
	}
	if ref.HasPrefix(ast.DefaultRootRef) {
		return ref.String()
	}
	return body.imports[""] + "." + ref.String()
}

var mirrored = map[string]string{"==": "==", "!=": "!=", "<": ">", ">": "<", "<=": ">=", ">=": "<="}

func (body *bodyCheck) compared(expr *ast.Expr, operator string, a, b *ast.Term) *exclusion {
	if isConstant(a) && isConstant(b) {
		if holds(operator, a.Value.Compare(b.Value)) == expr.Negated {
			return &exclusion{at: expr.Location, reason: "this condition is false"}
		}
		return nil
	}
	if isConstant(a) {
		a, b, operator = b, a, mirrored[operator]
	}
	ref, is := a.Value.(ast.Ref)
	// A negated condition also holds where the reference is undefined: it excludes nothing.
	if !is || expr.Negated || !ref.IsGround() || !ref[0].Equal(ast.InputRootDocument) || !isConstant(b) {
		return nil
	}
	return body.bound(expr, ref, operator, b)
}

func holds(operator string, order int) bool {
	switch operator {
	case "==":
		return order == 0
	case "!=":
		return order != 0
	case "<":
		return order < 0
	case "<=":
		return order <= 0
	case ">":
		return order > 0
	}
	return order >= 0
}

func isConstant(term *ast.Term) bool {
	switch term.Value.(type) {
	case ast.String, ast.Number, ast.Boolean, ast.Null:
		return true
	}
	return false
}

// member is `"a" in input.list`, of which nothing is known, or `input.x in {"a", "b"}`.
func (body *bodyCheck) member(expr *ast.Expr, item, collection *ast.Term) *exclusion {
	var members []*ast.Term
	switch value := collection.Value.(type) {
	case ast.Set:
		members = value.Slice()
	case *ast.Array:
		value.Foreach(func(term *ast.Term) { members = append(members, term) })
	default:
		return nil
	}
	if slices.ContainsFunc(members, func(term *ast.Term) bool { return !isConstant(term) }) || expr.Negated {
		return nil
	}
	ref, is := item.Value.(ast.Ref)
	if !is || !ref.IsGround() || !ref[0].Equal(ast.InputRootDocument) {
		return nil
	}
	var why *exclusion
	possible := slices.DeleteFunc(slices.Clone(members), func(term *ast.Term) bool {
		excluded := body.linter.impossible(expr, ref, term)
		if excluded != nil {
			why = excluded
		}
		return excluded != nil
	})
	if len(members) == 0 {
		return &exclusion{at: expr.Location, reason: "nothing is in an empty collection"}
	}
	if len(possible) == 0 {
		return why
	}
	return body.settle(expr, ref, func(value *bounds) { value.among = intersection(value.among, possible) })
}

func intersection(before, now []*ast.Term) []*ast.Term {
	if before == nil {
		return now
	}
	return slices.DeleteFunc(slices.Clone(before), func(term *ast.Term) bool {
		return !slices.ContainsFunc(now, term.Equal)
	})
}

func (body *bodyCheck) bound(expr *ast.Expr, ref ast.Ref, operator string, constant *ast.Term) *exclusion {
	if operator == "==" {
		if why := body.linter.impossible(expr, ref, constant); why != nil {
			return why
		}
	}
	return body.settle(expr, ref, func(value *bounds) {
		switch operator {
		case "==":
			if value.equal == nil {
				value.equal = constant
			} else if !value.equal.Equal(constant) {
				value.among = []*ast.Term{}
			}
		case "!=":
			value.not = append(value.not, constant)
		case "<", "<=":
			if value.most == nil || constant.Value.Compare(value.most.Value) <= 0 {
				value.most, value.mostIs = constant, operator == "<="
			}
		default:
			if value.least == nil || constant.Value.Compare(value.least.Value) >= 0 {
				value.least, value.leastIs = constant, operator == ">="
			}
		}
	})
}

// settle adds a condition on a reference, and tells where no value is left.
func (body *bodyCheck) settle(expr *ast.Expr, ref ast.Ref, narrow func(*bounds)) *exclusion {
	key := ref.String()
	value := body.values[key]
	if value == nil {
		value = &bounds{}
		body.values[key] = value
	}
	narrow(value)
	if !value.isEmpty() {
		return nil
	}
	return &exclusion{at: expr.Location, reason: fmt.Sprintf("no value of %s meets all conditions of this rule", key)}
}

func (value *bounds) isEmpty() bool {
	if value.among != nil && !slices.ContainsFunc(value.among, value.allows) {
		return true
	}
	if value.equal != nil && !value.allows(value.equal) {
		return true
	}
	if value.least == nil || value.most == nil {
		return false
	}
	order := value.least.Value.Compare(value.most.Value)
	return order > 0 || order == 0 && !(value.leastIs && value.mostIs)
}

func (value *bounds) allows(term *ast.Term) bool {
	return (value.equal == nil || value.equal.Equal(term)) &&
		!slices.ContainsFunc(value.not, term.Equal) &&
		(value.least == nil || holds(map[bool]string{true: ">=", false: ">"}[value.leastIs], term.Value.Compare(value.least.Value))) &&
		(value.most == nil || holds(map[bool]string{true: "<=", false: "<"}[value.mostIs], term.Value.Compare(value.most.Value)))
}

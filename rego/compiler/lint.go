package main

import (
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// Authors' files lie below this prefix, the library's below the other; a tenant's below authored + "tenants/<name>/".
const (
	authored = "policy/"
	library  = "library/"
)

// known are the names that a configuration gives: rules that write one out are held against it.
type known struct {
	Endpoints []string `json:"endpoints"`
	Models    []string `json:"models"`
	Levels    []string `json:"levels"`
}

// The severity of a diagnostic: a fault refuses a policy wherever it is loaded, a finding where it is checked, a warning nowhere.
const (
	finding = "finding"
	warning = "warning"
)

// linter holds authors' modules to what the library reads: rules that it would pass over, and rules that can never be true.
type linter struct {
	known  *known
	schema any
	own    map[string]bool // packages of the library
	found  []diagnostic
	facts  facts
}

// facts are what a build must know of the rules beside their code.
type facts struct {
	// Judges tells that some rule judges answers; ReadsEnd that one reads what is known at an answer's end alone.
	Judges   bool `json:"judges"`
	ReadsEnd bool `json:"reads_end"`
	// Formats are those that rules give to sprintf; ComputedFormats tells that one is not written out.
	Formats         []string `json:"formats"`
	ComputedFormats bool     `json:"computed_formats"`
}

func lint(asked *request, modules map[string]*ast.Module) (*linter, error) {
	schema, err := schemaOf(asked)
	if err != nil {
		return nil, err
	}
	linted := &linter{known: asked.Known, schema: schema, own: packagesOf(modules, library), found: []diagnostic{}, facts: facts{Formats: []string{}}}
	all, err := referencedIn(asked, modules)
	if err != nil {
		return nil, err
	}
	own := sortedModules(modules, authored)
	for _, one := range own {
		linted.module(one)
		linted.references(one, all)
	}
	linted.unread(own)
	linted.never(own)
	linted.unreachable(own)
	return linted, nil
}

// placedModule is a module with the path that it was given.
type placedModule struct {
	path string
	*ast.Module
}

func (one placedModule) tenant() bool {
	return strings.HasPrefix(one.path, authored+"tenants/")
}

// packagePath is the package without `data`: ["gateway", "policy", "area"].
func packagePath(one *ast.Module) []string {
	path := make([]string, 0, len(one.Package.Path))
	for _, term := range one.Package.Path[1:] {
		text, _ := term.Value.(ast.String)
		path = append(path, string(text))
	}
	return path
}

func (l *linter) add(at *ast.Location, code, message string) {
	l.found = append(l.found, placed(at, code, message))
}

func (l *linter) addAs(severity string, at *ast.Location, code, message string) {
	one := placed(at, code, message)
	one.Severity = severity
	l.found = append(l.found, one)
}

func (l *linter) module(one placedModule) {
	path := packagePath(one.Module)
	if wrong := l.wrongPackage(path, one.tenant()); wrong != "" {
		last := one.Package.Path[len(one.Package.Path)-1]
		l.add(last.Location, "policy_package_error", wrong)
		return
	}
	l.annotations(one)
	l.expressions(one)
	l.formats(one)
	kind := kindOf(path)
	if kind == "" {
		return
	}
	if kind == "response" {
		l.facts.Judges = true
		l.facts.ReadsEnd = l.facts.ReadsEnd || readsEnd(one.Module)
	}
	for _, rule := range one.Rules {
		l.rule(rule, kind)
	}
}

// annotations refuses entry points: the library owns them, and a second one would be a second decision.
func (l *linter) annotations(one placedModule) {
	described := false
	for _, annotation := range one.Annotations {
		described = described || annotation.Title != "" || annotation.Description != ""
		if annotation.Entrypoint {
			l.add(annotation.Location, "policy_entrypoint_error", "the entry points are the library's: gateway/decision and gateway/judgement")
		}
	}
	if !described && kindOf(packagePath(one.Module)) != "" {
		l.addAs(warning, one.Package.Location, "policy_undescribed", "no METADATA says what these rules are for (title, description)")
	}
}

// expressions refuses what belongs to tests and to debugging.
func (l *linter) expressions(one placedModule) {
	ast.WalkExprs(one.Module, func(expr *ast.Expr) bool {
		if len(expr.With) > 0 {
			l.add(expr.With[0].Location, "policy_with_error", "`with` belongs to tests: a rule that replaces facts decides on others than it was asked about")
		}
		if expr.IsCall() && expr.Operator().String() == "print" {
			l.add(expr.Location, "policy_print_error", "print belongs to tests: nothing reads it where a policy is enforced")
		}
		return false
	})
}

// formats collects what rules give to sprintf: some formats only OPA's own evaluator writes.
func (l *linter) formats(one placedModule) {
	add := func(operator, format *ast.Term) {
		if operator.String() != "sprintf" {
			return
		}
		text, constant := format.Value.(ast.String)
		if constant {
			l.facts.Formats = append(l.facts.Formats, string(text))
		} else {
			l.facts.ComputedFormats = true
		}
	}
	ast.WalkTerms(one.Module, func(term *ast.Term) bool {
		if call, is := term.Value.(ast.Call); is && len(call) > 1 {
			add(call[0], call[1])
		}
		return false
	})
	ast.WalkExprs(one.Module, func(expr *ast.Expr) bool {
		if terms, is := expr.Terms.([]*ast.Term); is && len(terms) > 1 {
			add(terms[0], terms[1])
		}
		return false
	})
}

// readsEnd tells whether a rule reads input.response.finish or .bytes. A reference that ends before a field, or takes a
// variable one, may read them too.
func readsEnd(one *ast.Module) bool {
	found := false
	ast.WalkRefs(one, func(ref ast.Ref) bool {
		found = found || reachesEnd(ref)
		return false
	})
	return found
}

func reachesEnd(ref ast.Ref) bool {
	if !ref[0].Equal(ast.InputRootDocument) {
		return false
	}
	if len(ref) > 1 {
		if text, constant := ref[1].Value.(ast.String); constant && text != "response" {
			return false
		}
	}
	if len(ref) < 3 {
		return true
	}
	text, constant := ref[2].Value.(ast.String)
	return !constant || text == "finish" || text == "bytes"
}

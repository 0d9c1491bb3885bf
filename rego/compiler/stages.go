package main

import (
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// mostStages bounds how often modules are compiled: OPA's compiler has no more stages that find faults.
const mostStages = 8

// allFaults are the faults of all stages of OPA's compiler. It stops at the first stage that minds something, and an author
// wants to know of everything at once: what was found fault with is emptied, and the rest compiled again.
func allFaults(asked *request, modules map[string]*ast.Module) []diagnostic {
	var all []diagnostic
	for range mostStages {
		_, err := compileWith(asked, modules, offline(released))
		if err == nil {
			break
		}
		found := slices.DeleteFunc(diagnose(err), func(one diagnostic) bool { return slices.Contains(all, one) })
		if len(found) == 0 {
			break
		}
		all = append(all, found...)
		modules = withoutRules(modules, found)
	}
	return all
}

// withoutRules empties the authors' rules in which faults stand. What reads them can still be compiled: their values may be anything.
func withoutRules(modules map[string]*ast.Module, faults []diagnostic) map[string]*ast.Module {
	kept := map[string]*ast.Module{}
	for path, one := range modules {
		kept[path] = one
		if !strings.HasPrefix(path, authored) {
			continue
		}
		kept[path] = one.Copy()
		for _, fault := range faults {
			if fault.File == path {
				empty(ruleAtRow(kept[path], fault.Row))
			}
		}
	}
	return kept
}

// ruleAtRow is the last rule that begins at or before a row, or nil.
func ruleAtRow(one *ast.Module, row int) *ast.Rule {
	var last *ast.Rule
	for _, rule := range one.Rules {
		if rule.Location.Row <= row && (last == nil || rule.Location.Row >= last.Location.Row) {
			last = rule
		}
	}
	return last
}

func empty(rule *ast.Rule) {
	if rule == nil || rule.Default {
		return
	}
	anything := ast.NewTerm(ast.Ref{ast.DefaultRootDocument, ast.StringTerm(reserved), ast.StringTerm("anything")})
	rule.Body = ast.NewBody(ast.NewExpr(ast.BooleanTerm(true)))
	rule.Else = nil
	if rule.Head.Key != nil {
		rule.Head.Key = anything
	}
	if rule.Head.Value != nil {
		rule.Head.Value = anything
	}
}

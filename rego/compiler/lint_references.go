package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// gatewayNames are what data.gateway holds beside packages: the configuration's endpoints and whatever else policies read of it.
var gatewayNames = []string{"endpoints", "models", "routes", "taxonomy", "tenants"}

// referenced is what rules can look up in data: the rules of each package, and the author's own documents.
type referenced struct {
	rules map[string]map[string]bool
	data  map[string]any
}

func referencedIn(asked *request, modules map[string]*ast.Module) (*referenced, error) {
	data, err := dataOf(asked)
	if err != nil {
		return nil, err
	}
	all := &referenced{rules: map[string]map[string]bool{}, data: data}
	for _, one := range modules {
		name := strings.Join(packagePath(one), ".")
		if all.rules[name] == nil {
			all.rules[name] = map[string]bool{}
		}
		for _, rule := range one.Rules {
			all.rules[name][ruleName(rule)] = true
		}
	}
	return all, nil
}

// references refuses names in packages that have no such rule, and in data.gateway that nothing has: both are undefined without
// a word, and a forbid that looks one up never forbids. A document that the author's data does not have is a finding.
func (l *linter) references(one placedModule, all *referenced) {
	imported := map[string]ast.Ref{}
	for _, each := range one.Imports {
		if path, is := each.Path.Value.(ast.Ref); is {
			imported[string(each.Name())] = path
		}
	}
	called := calledIn(one.Module)
	ast.WalkTerms(one.Module, func(term *ast.Term) bool {
		ref, is := term.Value.(ast.Ref)
		if !is || called[term] {
			return false
		}
		severity, wrong := all.missing(constants(ref, imported))
		if wrong != "" {
			l.addAs(severity, term.Location, "policy_reference_error", wrong)
		}
		return false
	})
}

// calledIn are the names of functions where they are called: OPA's compiler tells those that are not there.
func calledIn(one *ast.Module) map[*ast.Term]bool {
	called := map[*ast.Term]bool{}
	ast.WalkTerms(one, func(term *ast.Term) bool {
		if call, is := term.Value.(ast.Call); is {
			called[call[0]] = true
		}
		return false
	})
	ast.WalkExprs(one, func(expr *ast.Expr) bool {
		if expr.IsCall() {
			called[expr.OperatorTerm()] = true
		}
		return false
	})
	return called
}

// constants are the names at the beginning of a reference into data, as far as they are written out; nil for any other.
func constants(ref ast.Ref, imported map[string]ast.Ref) []string {
	if head, is := ref[0].Value.(ast.Var); is && imported[string(head)] != nil {
		ref = append(slices.Clone(imported[string(head)]), ref[1:]...)
	}
	if !ref[0].Equal(ast.DefaultRootDocument) {
		return nil
	}
	var names []string
	for _, term := range ref[1:] {
		text, constant := term.Value.(ast.String)
		if !constant {
			break
		}
		names = append(names, string(text))
	}
	return names
}

// missing says what of a path of names is not there, or "".
func (all *referenced) missing(names []string) (severity, message string) {
	if len(names) == 0 || names[0] == reserved {
		return "", ""
	}
	for end := range len(names) {
		found := names[:end+1]
		switch {
		case claimed(all.data, found) || all.isRule(names[:end], names[end]):
			return "", "" // what is below it, no check can tell
		case all.isPackage(found):
			continue
		case end == 0:
			return finding, fmt.Sprintf("data has no %s: it is neither a package nor in the policy's data files", names[0])
		}
		return "", fmt.Sprintf("data.%s has no %s: it has %s", strings.Join(names[:end], "."), names[end], strings.Join(all.below(names[:end]), ", "))
	}
	return "", ""
}

func (all *referenced) isRule(path []string, name string) bool {
	within := strings.Join(path, ".")
	return all.rules[within][name] || (within == "gateway" && slices.Contains(gatewayNames, name))
}

// below lists what a package holds: of the library's own, what authors read.
func (all *referenced) below(path []string) []string {
	if len(path) == 1 && path[0] == "gateway" {
		return gatewayNames
	}
	within := strings.Join(path, ".")
	names := slices.Collect(maps.Keys(all.rules[within]))
	for name := range all.rules {
		if rest, is := strings.CutPrefix(name, within+"."); is {
			next, _, _ := strings.Cut(rest, ".")
			names = append(names, next)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func (all *referenced) isPackage(names []string) bool {
	path := strings.Join(names, ".")
	for name := range all.rules {
		if name == path || strings.HasPrefix(name, path+".") {
			return true
		}
	}
	return false
}

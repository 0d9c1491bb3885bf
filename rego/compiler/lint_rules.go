package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// ruleKinds are the rules that the library combines, by the kind of package they stand in.
var ruleKinds = map[string][]string{
	"policy":   {"permit", "forbid", "restrict", "redact", "oblige", "classify"},
	"response": {"block", "redact", "oblige"},
	"tenant":   {"forbid", "restrict", "redact", "oblige", "classify"},
}

func isRuleName(name string) bool {
	for _, names := range ruleKinds {
		if slices.Contains(names, name) {
			return true
		}
	}
	return false
}

// kindOf is the kind of a package that the library reads, or "" for a library of the author.
func kindOf(path []string) string {
	if len(path) < 2 || path[0] != "gateway" || ruleKinds[path[1]] == nil {
		return ""
	}
	return path[1]
}

// wrongPackage says why rules of a package would be passed over, or "".
func (l *linter) wrongPackage(path []string, tenant bool) string {
	name := strings.Join(path, ".")
	kind := kindOf(path)
	switch {
	case tenant:
		if kind == "tenant" && len(path) == 3 {
			return ""
		}
		return fmt.Sprintf("package %s: files of a tenant belong to packages gateway.tenant.<area>", name)
	case l.own[name]:
		return fmt.Sprintf("package %s is the library's own", name)
	case path[0] == "system" || path[0] == reserved:
		return fmt.Sprintf("package %s: %s is not for policies", name, path[0])
	case path[0] != "gateway":
		return ""
	case len(path) > 2 && path[1] == "lib":
		return ""
	case kind == "tenant":
		return fmt.Sprintf("package %s: rules of a tenant lie in tenants/<name>/", name)
	case kind != "" && len(path) == 3:
		return ""
	}
	return fmt.Sprintf("package %s: rules belong to packages gateway.policy.<area> or gateway.response.<area>, and what they share to gateway.lib.<area>", name)
}

func (l *linter) rule(rule *ast.Rule, kind string) {
	name := ruleName(rule)
	if !isRuleName(name) {
		return
	}
	at := rule.Head.Location
	if !slices.Contains(ruleKinds[kind], name) {
		l.add(at, "policy_rule_error", fmt.Sprintf("%s has no meaning in packages gateway.%s: they hold %s", name, kind, strings.Join(ruleKinds[kind], ", ")))
		return
	}
	if !isPartialSet(rule) {
		l.add(at, "policy_rule_error", fmt.Sprintf("%s is written as `%s contains ...`", name, name))
		return
	}
	l.literals(rule, name)
}

func ruleName(rule *ast.Rule) string {
	first, _ := rule.Head.Ref()[0].Value.(ast.Var)
	return string(first)
}

func isPartialSet(rule *ast.Rule) bool {
	head := rule.Head
	return head.Key != nil && head.Value == nil && len(head.Args) == 0 && len(head.Ref()) == 1 && !rule.Default
}

func packagesOf(modules map[string]*ast.Module, prefix string) map[string]bool {
	names := map[string]bool{}
	for path, one := range modules {
		if strings.HasPrefix(path, prefix) {
			names[strings.Join(packagePath(one), ".")] = true
		}
	}
	return names
}

func sortedModules(modules map[string]*ast.Module, prefix string) []placedModule {
	var sorted []placedModule
	for _, path := range slices.Sorted(maps.Keys(modules)) {
		if strings.HasPrefix(path, prefix) {
			sorted = append(sorted, placedModule{path, modules[path]})
		}
	}
	return sorted
}

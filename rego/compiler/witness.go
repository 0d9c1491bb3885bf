package main

import (
	"cmp"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/cover"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// witness is a tracer that keeps, beside the coverage of lines, which rules were true.
type witness struct {
	*cover.Cover
	exited map[place]bool
}

type place struct {
	file     string
	row, col int
}

func newWitness() *witness { return &witness{Cover: cover.New(), exited: map[place]bool{}} }

func (seen *witness) TraceEvent(event topdown.Event) {
	seen.Cover.TraceEvent(event)
	if event.Op != topdown.ExitOp {
		return
	}
	if rule, is := event.Node.(*ast.Rule); is && rule.Head.Location.HasFile() {
		seen.exited[placeOf(rule)] = true
	}
}

func placeOf(rule *ast.Rule) place {
	at := rule.Head.Location
	return place{at.File, at.Row, at.Col}
}

// ruleAt is one rule of an author by its place, name and package.
type ruleAt struct {
	File    string `json:"file"`
	Row     int    `json:"row"`
	Column  int    `json:"column"`
	Package string `json:"package"`
	Name    string `json:"name"`
}

// rulesThat lists authors' rules that the library combines and that were, or were not, true.
func (seen *witness) rulesThat(were bool, modules map[string]*ast.Module, prefix string) []ruleAt {
	list := []ruleAt{}
	for _, one := range sortedModules(modules, prefix) {
		if isTestFile(one.path) || kindOf(packagePath(one.Module)) == "" {
			continue
		}
		for _, rule := range one.Rules {
			if !isRuleName(ruleName(rule)) || seen.exited[placeOf(rule)] != were {
				continue
			}
			at := rule.Head.Location
			list = append(list, ruleAt{one.path, at.Row, at.Col, one.Package.Path.String(), ruleName(rule)})
		}
	}
	slices.SortFunc(list, func(a, b ruleAt) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Row, b.Row), cmp.Compare(a.Column, b.Column))
	})
	return list
}

// matched lists the rules that were true in an evaluation, of all files but the library's.
func (seen *witness) matched(asked *request) []ruleAt {
	if !asked.Matched {
		return []ruleAt{}
	}
	modules, err := parseModules(asked)
	if err != nil {
		return []ruleAt{}
	}
	return seen.rulesThat(true, modules, "")
}

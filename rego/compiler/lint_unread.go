package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// meant are words of other policy languages, by what they are called here.
var meant = map[string]string{
	"allow": "permit", "grant": "permit",
	"deny": "forbid", "reject": "forbid", "refuse": "forbid", "violation": "forbid",
	"mask": "redact", "require": "oblige", "obligation": "oblige",
}

// unread finds rules that nothing reads although they look like some that the library reads: a forbid that is misspelt, or
// stands where the library does not look, would forbid nothing. A permit that permits nothing denies, and is warned of.
func (l *linter) unread(own []placedModule) {
	mentioned := mentions(own)
	for _, one := range own {
		kind := kindOf(packagePath(one.Module))
		for _, rule := range one.Rules {
			name := ruleName(rule)
			if mentioned[name] || (kind != "" && isRuleName(name)) {
				continue
			}
			if kind == "" && isRuleName(name) && isPartialSet(rule) {
				l.mislaid(rule, name, strings.Join(packagePath(one.Module), "."))
			} else if likely := likelyKind(name, kind); likely != "" {
				l.misspelt(rule, name, likely)
			}
		}
	}
}

func (l *linter) mislaid(rule *ast.Rule, name, where string) {
	message := fmt.Sprintf("nothing reads %s in package %s: rules belong to packages gateway.policy.<area> or gateway.response.<area>", name, where)
	l.addAs(severityOf(name), rule.Head.Location, "policy_rule_error", message)
}

func (l *linter) misspelt(rule *ast.Rule, name, likely string) {
	l.addAs(severityOf(likely), rule.Head.Location, "policy_rule_error", fmt.Sprintf("nothing reads %s: is it meant to be %s?", name, likely))
}

func severityOf(kind string) string {
	if kind == "permit" {
		return warning
	}
	return ""
}

// likelyKind is the kind of rule that a name is probably meant to be, or "".
func likelyKind(name, kind string) string {
	kinds := ruleKinds[kind]
	if other := meant[name]; slices.Contains(kinds, other) {
		return other
	}
	for _, one := range kinds {
		if strings.HasPrefix(name, one) || distance(name, one) <= 2 {
			return one
		}
	}
	return ""
}

// mentions are all names that rules mention beside their own: of variables, and of what they look up.
func mentions(own []placedModule) map[string]bool {
	names := map[string]bool{}
	add := ast.NewGenericVisitor(func(node any) bool {
		switch node := node.(type) {
		case ast.Var:
			names[string(node)] = true
		case ast.String:
			names[string(node)] = true
		}
		return false
	})
	for _, one := range own {
		for _, rule := range one.Rules {
			for at := rule; at != nil; at = at.Else {
				add.Walk(at.Body)
				add.Walk(at.Head.Args)
				for _, term := range append([]*ast.Term{at.Head.Key, at.Head.Value}, at.Head.Ref()[1:]...) {
					if term != nil {
						add.Walk(term)
					}
				}
			}
		}
	}
	return names
}

// distance counts the letters that must be put in, left out or changed to make one word of the other (Levenshtein).
func distance(one, other string) int {
	row := make([]int, len(other)+1)
	for column := range row {
		row[column] = column
	}
	for i := range len(one) {
		before := row[0]
		row[0] = i + 1
		for column := 1; column <= len(other); column++ {
			cost := before
			if one[i] != other[column-1] {
				cost++
			}
			before = row[column]
			row[column] = min(cost, row[column]+1, row[column-1]+1)
		}
	}
	return row[len(other)]
}

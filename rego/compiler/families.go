package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// A family is a number of rules of one shape: the same but for constants, one of which a field of the input must equal.
// OPA's WebAssembly has no index over rules and would evaluate every one of them for every request. They become one rule
// that looks its constants up in data, by the field's value:
//
//	permit contains {"id": "a", "endpoints": ["x"]} if input.subject.id == "u1"
//	permit contains {"id": "b", "endpoints": ["y"]} if input.subject.id == "u2"
//
// becomes
//
//	permit contains {"id": row[0], "endpoints": [row[1]]} if some row in data.sallyport.families.<id>[input.subject.id]
const (
	reserved     = "sallyport"
	leastMembers = 8
	placeholder  = "__constant__"
)

// families collects the data of all families that were found. The same rules make the same names.
type families struct {
	rows map[string]map[string][][]json.RawMessage
}

func newFamilies() *families { return &families{rows: map[string]map[string][][]json.RawMessage{}} }

func (all *families) text() (string, error) {
	if len(all.rows) == 0 {
		return "{}", nil
	}
	text, err := json.Marshal(all.rows)
	return string(text), err
}

// fold returns modules of which authors' are copies with their families folded; the others are shared.
func (all *families) fold(modules map[string]*ast.Module) map[string]*ast.Module {
	folded := make(map[string]*ast.Module, len(modules))
	for path, one := range modules {
		folded[path] = one
		if strings.HasPrefix(path, authored) && len(one.Rules) >= leastMembers {
			folded[path] = all.foldModule(path, one)
		}
	}
	return folded
}

func (all *families) foldModule(path string, one *ast.Module) *ast.Module {
	groups := map[string]*family{}
	for _, rule := range one.Rules {
		if member := memberOf(rule); member != nil {
			group := groups[member.shape]
			if group == nil {
				group = &family{first: rule}
				groups[member.shape] = group
			}
			group.members = append(group.members, *member)
		}
	}
	copied := one.Copy()
	copied.Rules = nil
	for _, rule := range one.Rules {
		member := memberOf(rule)
		if member == nil || !groups[member.shape].looksUp() {
			copied.Rules = append(copied.Rules, rule.Copy())
		} else if group := groups[member.shape]; group.first == rule {
			copied.Rules = append(copied.Rules, all.rule(path, member.shape, group))
		}
	}
	for _, rule := range copied.Rules {
		ast.WalkRules(rule, func(inner *ast.Rule) bool { inner.Module = copied; return false })
	}
	return copied
}

// member is one rule as its shape, in which constants are blanked, and the constants in their order.
type member struct {
	shape     string
	constants []*ast.Term
}

// memberOf is nil for a rule that belongs to no family: only plain members of partial sets do.
func memberOf(rule *ast.Rule) *member {
	if !isPartialSet(rule) || rule.Else != nil || len(rule.Body) == 0 {
		return nil
	}
	blank := rule.Copy()
	blank.Annotations = nil
	var constants []*ast.Term
	replaceConstants(blank, func(term *ast.Term) *ast.Term {
		constants = append(constants, term)
		return ast.VarTerm(placeholder)
	})
	return &member{shape: blank.String(), constants: constants}
}

// replaceConstants replaces the scalar constants of a head's key and of the top-level conditions of a body, in order.
// What stands in references, object keys, sets, comprehensions and nested bodies belongs to the shape.
func replaceConstants(rule *ast.Rule, replace func(*ast.Term) *ast.Term) {
	rule.Head.Key = replaceIn(rule.Head.Key, replace)
	for _, expr := range rule.Body {
		if terms, is := expr.Terms.([]*ast.Term); is && len(expr.With) == 0 {
			for i, term := range terms[1:] {
				terms[i+1] = replaceIn(term, replace)
			}
		}
	}
}

func replaceIn(term *ast.Term, replace func(*ast.Term) *ast.Term) *ast.Term {
	switch value := term.Value.(type) {
	case ast.String, ast.Number, ast.Boolean, ast.Null:
		return replace(term)
	case *ast.Array:
		items := make([]*ast.Term, 0, value.Len())
		value.Foreach(func(item *ast.Term) { items = append(items, replaceIn(item, replace)) })
		return ast.ArrayTerm(items...).SetLocation(term.Location)
	case ast.Object:
		var pairs [][2]*ast.Term
		value.Foreach(func(key, item *ast.Term) { pairs = append(pairs, [2]*ast.Term{key, replaceIn(item, replace)}) })
		return ast.ObjectTerm(pairs...).SetLocation(term.Location)
	case ast.Call:
		call := ast.Call{value[0]}
		for _, operand := range value[1:] {
			call = append(call, replaceIn(operand, replace))
		}
		return ast.NewTerm(call).SetLocation(term.Location)
	}
	return term
}

type family struct {
	first   *ast.Rule
	members []member
}

// looksUp tells whether a family is large enough and has a condition to look up by.
func (group *family) looksUp() bool {
	return len(group.members) >= leastMembers && group.index() != nil
}

// varies tells whether the constant at a place is not the same in all members.
func (group *family) varies(at int) bool {
	for _, other := range group.members[1:] {
		if !other.constants[at].Equal(group.members[0].constants[at]) {
			return true
		}
	}
	return false
}

// index is the condition that a family is looked up by: `input.field == "constant"` or `"constant" in input.list`.
type index struct {
	expr     int // place in the body
	constant int // place among the constants
	field    *ast.Term
	member   bool
}

// index chooses, among the conditions that allow it, the one with the most distinct constants.
func (group *family) index() *index {
	var best *index
	most := 1
	for _, candidate := range group.candidates() {
		distinct := map[string]bool{}
		for _, one := range group.members {
			text, is := one.constants[candidate.constant].Value.(ast.String)
			if !is {
				distinct = nil
				break
			}
			distinct[string(text)] = true
		}
		if len(distinct) > most {
			best, most = candidate, len(distinct)
		}
	}
	return best
}

func (group *family) candidates() []*index {
	var found []*index
	at := 0
	count := func(term *ast.Term) int {
		constants := 0
		replaceIn(term, func(one *ast.Term) *ast.Term { constants++; return one })
		return constants
	}
	at += count(group.first.Head.Key)
	for i, expr := range group.first.Body {
		terms, is := expr.Terms.([]*ast.Term)
		if !is || len(expr.With) > 0 {
			continue
		}
		if candidate := candidateOf(expr, terms); candidate != nil {
			candidate.expr, candidate.constant = i, at
			found = append(found, candidate)
		}
		for _, term := range terms[1:] {
			at += count(term)
		}
	}
	return found
}

func candidateOf(expr *ast.Expr, terms []*ast.Term) *index {
	if expr.Negated || len(terms) != 3 {
		return nil
	}
	operator := terms[0].String()
	switch {
	case operator == "internal.member_2" && isConstant(terms[1]) && isField(terms[2]):
		return &index{field: terms[2], member: true}
	case operator != "equal" && operator != "eq":
		return nil
	case isConstant(terms[1]) && isField(terms[2]):
		return &index{field: terms[2]}
	case isField(terms[1]) && isConstant(terms[2]):
		return &index{field: terms[1]}
	}
	return nil
}

func isField(term *ast.Term) bool {
	ref, is := term.Value.(ast.Ref)
	return is && ref.IsGround() && ref[0].Equal(ast.InputRootDocument)
}

// rule makes the one rule of a family and adds its rows.
func (all *families) rule(path, shape string, group *family) *ast.Rule {
	by := group.index()
	name := nameOf(path, shape)
	columns := map[int]int{} // place among the constants -> place in a row
	for at := range group.members[0].constants {
		if at != by.constant && group.varies(at) {
			columns[at] = len(columns)
		}
	}
	all.rows[name] = rowsOf(group, by, columns)
	made := group.first.Copy()
	made.Annotations = nil
	at := -1
	replaceConstants(made, func(term *ast.Term) *ast.Term {
		at++
		if column, is := columns[at]; is {
			return ast.VarTerm(fmt.Sprintf("__family_%d__", column)).SetLocation(term.Location)
		}
		return term
	})
	made.Body = bodyWith(made.Body, by, name, len(columns))
	return made
}

func nameOf(path, shape string) string {
	digest := sha256.Sum256([]byte(path + "\x00" + shape))
	return hex.EncodeToString(digest[:8])
}

func rowsOf(group *family, by *index, columns map[int]int) map[string][][]json.RawMessage {
	rows := map[string][][]json.RawMessage{}
	for _, one := range group.members {
		row := make([]json.RawMessage, len(columns))
		for at, column := range columns {
			row[column] = json.RawMessage(jsonOf(one.constants[at]))
		}
		key, _ := one.constants[by.constant].Value.(ast.String)
		rows[string(key)] = append(rows[string(key)], row)
	}
	return rows
}

// jsonOf is the JSON text of a scalar: numbers keep their digits.
func jsonOf(term *ast.Term) []byte {
	if number, is := term.Value.(ast.Number); is {
		return []byte(number.String())
	}
	text, _ := json.Marshal(scalarOf(term))
	return text
}

func scalarOf(term *ast.Term) any {
	switch value := term.Value.(type) {
	case ast.String:
		return string(value)
	case ast.Boolean:
		return bool(value)
	}
	return nil
}

// bodyWith puts the look-up in the place of the condition that it replaces, and before all that reads its row.
func bodyWith(body ast.Body, by *index, name string, columns int) ast.Body {
	at := body[by.expr].Location
	var head []*ast.Expr
	key := by.field.Copy()
	if by.member {
		key = ast.VarTerm("__family_key__")
		items := by.field.Value.(ast.Ref).Append(ast.VarTerm("__family_at__"))
		head = append(head, ast.Equality.Expr(key, ast.NewTerm(items)))
	}
	row := ast.VarTerm("__family_row__")
	data := ast.Ref{ast.DefaultRootDocument, ast.StringTerm(reserved), ast.StringTerm("families"), ast.StringTerm(name), key, ast.VarTerm("__family_member__")}
	head = append(head, ast.Equality.Expr(row, ast.NewTerm(data)))
	for column := range columns {
		item := ast.Ref{row, ast.NumberTerm(json.Number(strconv.Itoa(column)))}
		head = append(head, ast.Equality.Expr(ast.VarTerm(fmt.Sprintf("__family_%d__", column)), ast.NewTerm(item)))
	}
	for _, expr := range head {
		expr.Location = at
		ast.WalkTerms(expr, func(term *ast.Term) bool { term.Location = at; return false })
	}
	made := ast.NewBody(head...)
	for i, expr := range body {
		if i != by.expr {
			made.Append(expr)
		}
	}
	return made
}

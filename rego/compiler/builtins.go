package main

import "strings"

// builtinFunction is one function of OPA as policies may call it.
type builtinFunction struct {
	Name string `json:"name"`
	// Arity counts the arguments of a call that gives a value.
	Arity int `json:"arity"`
	// Relation is true for walk, whose last argument takes one pair after the other.
	Relation bool `json:"relation"`
	// Refused is true for what policies may not call: the network, the clock, chance.
	Refused bool `json:"refused"`
	// Deprecated functions are refused by Rego v1 itself.
	Deprecated bool `json:"deprecated"`
}

// listBuiltins lists the functions of this OPA by name; those that only the compiler calls are left out.
func listBuiltins(asked *request) (any, error) {
	refused := unsafeBuiltins(asked)
	list := []builtinFunction{}
	for _, builtin := range released.Builtins {
		if strings.HasPrefix(builtin.Name, "internal.") {
			continue
		}
		_, isRefused := refused[builtin.Name]
		list = append(list, builtinFunction{
			Name:       builtin.Name,
			Arity:      len(builtin.Decl.FuncArgs().Args),
			Relation:   builtin.Relation,
			Refused:    isRefused,
			Deprecated: builtin.IsDeprecated(),
		})
	}
	return list, nil
}

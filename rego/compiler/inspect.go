package main

import (
	"maps"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// described is one METADATA block: the package or the rule that it stands before, by its path without `data`.
type described struct {
	Path        string `json:"path"`
	Scope       string `json:"scope"`
	Title       string `json:"title"`
	Description string `json:"description"`
	// Arguments are those of a function as its first definition names them.
	Arguments []string `json:"arguments"`
}

// inspect lists what METADATA says of modules, by path and place.
func inspect(asked *request) (any, error) {
	modules, err := parseModules(asked)
	if err != nil {
		return nil, err
	}
	list := []described{}
	for _, path := range slices.Sorted(maps.Keys(modules)) {
		list = append(list, describe(modules[path])...)
	}
	return list, nil
}

func describe(one *ast.Module) []described {
	list := []described{}
	for _, annotation := range one.Annotations {
		list = append(list, described{
			Path:        strings.TrimPrefix(annotation.GetTargetPath().String(), "data."),
			Scope:       annotation.Scope,
			Title:       annotation.Title,
			Description: annotation.Description,
			Arguments:   argumentNames(one, annotation),
		})
	}
	return list
}

// argumentNames reads the first rule below the block.
func argumentNames(one *ast.Module, annotation *ast.Annotations) []string {
	names := []string{}
	if annotation.Scope != "rule" && annotation.Scope != "document" {
		return names
	}
	below := slices.IndexFunc(one.Rules, func(rule *ast.Rule) bool { return rule.Location.Row > annotation.Location.Row })
	if below < 0 {
		return names
	}
	for _, argument := range one.Rules[below].Head.Args {
		names = append(names, argument.String())
	}
	return names
}

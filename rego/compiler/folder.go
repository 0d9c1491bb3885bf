package main

import (
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// folded is a policy folder compiled with the library: every diagnostic of it, and where none is a fault and the request
// asks for more than a check, its code.
type folded struct {
	Diagnostics []diagnostic `json:"diagnostics"`
	// Wasm is for everybody, Tenants the same with the rules of one tenant.
	Wasm    []byte       `json:"wasm"`
	Tenants []tenantCode `json:"tenants"`
	// FamiliesText is data that belongs to the code: the constants of rules of one shape, as a JSON object.
	FamiliesText string `json:"families_text"`
	facts
}

type tenantCode struct {
	Name string `json:"name"`
	Wasm []byte `json:"wasm"`
}

// wholeAnswer obliges the gateway to hold an answer until its end, where a rule reads what is known there alone.
const wholeAnswer = `package gateway

obligations contains {"id": "gateway.whole_answer", "type": "response_mode", "mode": "buffer"}
`

// buildPolicy lints and compiles the modules below `policy/` with those below `library/`. What is no Rego at all is an
// error; faults of the lint and of the compiler are told together.
func buildPolicy(asked *request) (any, error) {
	modules, err := parseModules(asked)
	if err != nil {
		return nil, err
	}
	linted, err := lint(asked, modules)
	if err != nil {
		return nil, err
	}
	if linted.facts.ReadsEnd {
		modules[library+"whole.rego"] = ast.MustParseModule(wholeAnswer)
	}
	made := folded{Diagnostics: linted.found, Tenants: []tenantCode{}, facts: linted.facts}
	for _, one := range variants(modules) {
		made.Diagnostics = append(made.Diagnostics, compilerFaults(asked, one.modules)...)
	}
	slices.SortStableFunc(made.Diagnostics, compareDiagnostics)
	made.Diagnostics = slices.Compact(made.Diagnostics)
	if asked.CheckOnly || slices.ContainsFunc(made.Diagnostics, isFault) {
		return made, nil
	}
	return made, made.compile(asked, modules)
}

// compilerFaults are what OPA's compiler says of modules. What its strict mode alone minds (imported, assigned or taken as an
// argument, and never used) are findings.
func compilerFaults(asked *request, modules map[string]*ast.Module) []diagnostic {
	strictly := *asked
	strictly.Strict = true
	_, err := compileWith(&strictly, modules, offline(released))
	if err == nil {
		return nil
	}
	faults := allFaults(asked, modules)
	for _, one := range diagnose(err) {
		if !slices.Contains(faults, one) {
			one.Severity = finding
			faults = append(faults, one)
		}
	}
	return faults
}

func isFault(one diagnostic) bool { return one.Severity == "" }

// variant is the policy as one tenant has it; no name: as all others have it.
type variant struct {
	tenant  string
	modules map[string]*ast.Module
}

func variants(modules map[string]*ast.Module) []variant {
	all := []variant{{modules: map[string]*ast.Module{}}}
	tenants := map[string]map[string]*ast.Module{}
	for path, one := range modules {
		tenant := tenantOf(path)
		if tenant == "" {
			all[0].modules[path] = one
			continue
		}
		if tenants[tenant] == nil {
			tenants[tenant] = map[string]*ast.Module{}
		}
		tenants[tenant][path] = one
	}
	for name, own := range tenants {
		for path, one := range all[0].modules {
			own[path] = one
		}
		all = append(all, variant{tenant: name, modules: own})
	}
	slices.SortFunc(all, func(a, b variant) int { return strings.Compare(a.tenant, b.tenant) })
	return all
}

func tenantOf(path string) string {
	below, is := strings.CutPrefix(path, authored+"tenants/")
	if !is {
		return ""
	}
	name, _, nested := strings.Cut(below, "/")
	if !nested {
		return ""
	}
	return name
}

func (made *folded) compile(asked *request, modules map[string]*ast.Module) error {
	families := newFamilies()
	for _, one := range variants(families.fold(modules)) {
		code, err := compileModulesToWasm(asked, one.modules)
		if err != nil {
			return err
		}
		if one.tenant == "" {
			made.Wasm = code.Wasm
		} else {
			made.Tenants = append(made.Tenants, tenantCode{Name: one.tenant, Wasm: code.Wasm})
		}
	}
	text, err := families.text()
	made.FamiliesText = text
	return err
}

func compileModulesToWasm(asked *request, modules map[string]*ast.Module) (built, error) {
	given, err := bundleOf(asked, modules)
	if err != nil {
		return built{}, err
	}
	return compileBundle(asked, given)
}

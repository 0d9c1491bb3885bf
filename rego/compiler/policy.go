package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/util"
)

// released holds every builtin of this OPA.
var released = ast.CapabilitiesForThisVersion()

// unrepeatable are the builtins refused beside those that OPA marks nondeterministic (http.send, time.now_ns,
// rand.intn, ...): trace writes to a place that no one reads.
var unrepeatable = []string{"trace"}

// forbidden lists the builtins that this request may not use, sorted.
func forbidden(asked *request) []string {
	names := slices.Clone(asked.Forbid)
	if asked.Builtins != "all" {
		names = append(names, unrepeatable...)
		for _, builtin := range released.Builtins {
			if builtin.Nondeterministic {
				names = append(names, builtin.Name)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// capabilities are what is left of OPA without the forbidden builtins; remote schemas are never fetched.
func capabilities(asked *request) *ast.Capabilities {
	names := forbidden(asked)
	allowed := *released
	allowed.AllowNet = []string{}
	allowed.Builtins = slices.DeleteFunc(slices.Clone(released.Builtins), func(builtin *ast.Builtin) bool {
		_, found := slices.BinarySearch(names, builtin.Name)
		return found
	})
	return &allowed
}

// unsafeBuiltins is the same list as a set. Under the released capabilities it gives the clearer message; a
// forbidden name reached by way of `with` is refused by it too.
func unsafeBuiltins(asked *request) map[string]struct{} {
	names := map[string]struct{}{}
	for _, name := range forbidden(asked) {
		names[name] = struct{}{}
	}
	return names
}

// parseModules parses all files and reports the faults of all of them at once. The order of the files given
// does not matter: everything that follows goes by sorted path.
func parseModules(asked *request) (map[string]*ast.Module, error) {
	modules := make(map[string]*ast.Module, len(asked.Modules))
	var faults ast.Errors
	for _, source := range asked.Modules {
		if _, twice := modules[source.Path]; twice {
			return nil, fmt.Errorf("two modules have the path %q", source.Path)
		}
		one, err := parseModule(source)
		if err != nil {
			faults = append(faults, asErrors(source.Path, err)...)
		}
		modules[source.Path] = one
	}
	if len(faults) > 0 {
		return nil, faults
	}
	return modules, nil
}

// parsed holds modules by path and text: where one file of a folder changes, the others are not read again. Compilers
// copy what they are given.
var parsed = map[module]*ast.Module{}

const maxParsed = 2048

func parseModule(source module) (*ast.Module, error) {
	if one, is := parsed[source]; is {
		return one, nil
	}
	one, err := ast.ParseModuleWithOpts(source.Path, source.Text, ast.ParserOptions{
		ProcessAnnotation: true,
		RegoVersion:       ast.RegoV1,
		Capabilities:      released,
	})
	if err == nil && one == nil {
		err = errors.New("empty module")
	}
	if err == nil {
		if len(parsed) >= maxParsed {
			clear(parsed)
		}
		parsed[source] = one
	}
	return one, err
}

func asErrors(path string, err error) ast.Errors {
	var faults ast.Errors
	if errors.As(err, &faults) {
		return faults
	}
	return ast.Errors{ast.NewError(ast.ParseErr, ast.NewLocation(nil, path, 1, 1), "%s", err.Error())}
}

// compileModules checks modules twice. Where the released capabilities still know a forbidden builtin it is refused
// as unsafe, by its name and place; the second pass, without it in the capabilities, closes any other way to it.
func compileModules(asked *request, modules map[string]*ast.Module) (*ast.Compiler, error) {
	if _, err := compileWith(asked, modules, offline(released)); err != nil {
		return nil, err
	}
	return compileWith(asked, modules, capabilities(asked))
}

// compileWith runs all of OPA's compile stages: types, recursion, safety, strict mode, path conflicts with data.
func compileWith(asked *request, modules map[string]*ast.Module, allowed *ast.Capabilities) (*ast.Compiler, error) {
	data, err := dataOf(asked)
	if err != nil {
		return nil, err
	}
	compiler, err := newCompiler(asked, allowed)
	if err != nil {
		return nil, err
	}
	compiler.WithPathConflictsCheck(func(path []string) (bool, error) { return claimed(data, path), nil })
	compiler.Compile(modules)
	if compiler.Failed() {
		return nil, compiler.Errors
	}
	return compiler, nil
}

// claimed tells whether the base document has a value at a path, or one on the way to it that is no object.
func claimed(data map[string]any, path []string) bool {
	var at any = data
	for _, key := range path {
		object, ok := at.(map[string]any)
		if !ok {
			return true
		}
		if at, ok = object[key]; !ok {
			return false
		}
	}
	return true
}

func newCompiler(asked *request, allowed *ast.Capabilities) (*ast.Compiler, error) {
	compiler := ast.NewCompiler().
		SetErrorLimit(0).
		WithCapabilities(allowed).
		WithUnsafeBuiltins(unsafeBuiltins(asked)).
		WithStrict(asked.Strict).
		WithDefaultRegoVersion(ast.RegoV1).
		WithUseTypeCheckAnnotations(true).
		WithEnablePrintStatements(true)
	schemas, err := schemaSet(asked)
	if err != nil {
		return nil, err
	}
	return compiler.WithSchemas(schemas), nil
}

func offline(known *ast.Capabilities) *ast.Capabilities {
	copied := *known
	copied.AllowNet = []string{}
	return &copied
}

// schemaSet makes the given JSON schema the type of `input` everywhere; annotations may name it `schema.input`.
func schemaSet(asked *request) (*ast.SchemaSet, error) {
	set := ast.NewSchemaSet()
	schema, err := schemaOf(asked)
	if err != nil || schema == nil {
		return set, err
	}
	set.Put(ast.SchemaRootRef, schema)
	set.Put(ast.MustParseRef("schema.input"), schema)
	return set, nil
}

// schemaOf is the given JSON schema, nil where there is none.
func schemaOf(asked *request) (any, error) {
	var schema any
	if len(asked.Schema) == 0 {
		return nil, nil
	}
	if err := json.Unmarshal(asked.Schema, &schema); err != nil {
		return nil, fmt.Errorf("schema: %w", err)
	}
	return schema, nil
}

// dataOf is the base document of a request; none is an empty object.
func dataOf(asked *request) (map[string]any, error) {
	data := map[string]any{}
	if strings.TrimSpace(asked.DataText) == "" {
		return data, nil
	}
	if err := util.Unmarshal([]byte(asked.DataText), &data); err != nil {
		return nil, fmt.Errorf("data: %w", err)
	}
	if data == nil {
		return nil, errors.New("data: an object is required at the root")
	}
	return data, nil
}

func storeOf(asked *request) (storage.Store, error) {
	data, err := dataOf(asked)
	if err != nil {
		return nil, err
	}
	return inmem.NewFromObjectWithOpts(data, inmem.OptRoundTripOnWrite(false)), nil
}

package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/cover"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/tester"
)

// tested is the answer of test: every test in the order of its place, the coverage of every file under test, the rules
// that no test saw true, and the tests themselves as WebAssembly, to be run a second time in what will be enforced.
type tested struct {
	Tests        []outcome      `json:"tests"`
	Coverage     []fileCoverage `json:"coverage"`
	Unseen       []ruleAt       `json:"unseen"`
	Wasm         []byte         `json:"wasm"`
	FamiliesText string         `json:"families_text"`
}

// outcome is one test's: Outcome is pass, fail, error or skip.
type outcome struct {
	File       string `json:"file"`
	Row        int    `json:"row"`
	Package    string `json:"package"`
	Name       string `json:"name"`
	Outcome    string `json:"outcome"`
	DurationUs int64  `json:"duration_us"`
	Output     string `json:"output"`
	Message    string `json:"message"`
	// Entrypoint is the test's in the WebAssembly. Cases is, for a test of several cases, what it makes of them, as JSON text.
	Entrypoint string `json:"entrypoint"`
	Cases      string `json:"cases"`
}

// fileCoverage counts lines with expressions that the tests reached, and lists the ranges of rows they did not.
type fileCoverage struct {
	File            string   `json:"file"`
	CoveredLines    int      `json:"covered_lines"`
	NotCoveredLines int      `json:"not_covered_lines"`
	NotCovered      [][2]int `json:"not_covered"`
}

func test(asked *request) (any, error) {
	modules, err := parseModules(asked)
	if err != nil {
		return nil, err
	}
	store, err := storeOf(asked)
	if err != nil {
		return nil, err
	}
	compiler, err := compileWith(asked, modules, offline(released))
	if err != nil {
		return nil, err
	}
	seen := newWitness()
	results, err := runTests(asked, compiler, modules, store, seen)
	if err != nil {
		return nil, err
	}
	report := tested{Tests: results, Coverage: []fileCoverage{}, Unseen: []ruleAt{}, FamiliesText: "{}"}
	if asked.Coverage {
		report.Coverage = coverageOf(seen.Report(modules))
		report.Unseen = seen.rulesThat(false, modules, authored)
	}
	return report, report.compile(asked, modules)
}

// compile makes the tests that ran the entry points of a module, beside the rules as they will be enforced.
func (report *tested) compile(asked *request, modules map[string]*ast.Module) error {
	asked.Entrypoints = nil
	for _, one := range report.Tests {
		if one.Outcome != "skip" {
			asked.Entrypoints = append(asked.Entrypoints, one.Entrypoint)
		}
	}
	if len(asked.Entrypoints) == 0 {
		return nil
	}
	folding := newFamilies()
	given, err := bundleOf(asked, numbered(folding.fold(modules)))
	if err != nil {
		return err
	}
	code, err := compileBundle(asked, given)
	if err != nil {
		return err
	}
	report.Wasm = code.Wasm
	report.FamiliesText, err = folding.text()
	return err
}

// numbered gives tests of the same name in one package different ones, as OPA's test runner does.
func numbered(modules map[string]*ast.Module) map[string]*ast.Module {
	counts, copies := map[string]int{}, maps.Clone(modules)
	for _, path := range slices.Sorted(maps.Keys(modules)) {
		if !isTestFile(path) {
			continue
		}
		copies[path] = modules[path].Copy()
		for _, rule := range copies[path].Rules {
			name := ruleName(rule)
			key := modules[path].Package.Path.String() + "." + name
			if count := counts[key]; count > 0 && strings.HasPrefix(name, tester.TestPrefix) {
				ref := rule.Head.Ref().Copy()
				ref[0] = ast.VarTerm(fmt.Sprintf("%s#%02d", name, count))
				rule.Head.SetRef(ref)
			}
			counts[key]++
		}
	}
	return copies
}

func isTestFile(path string) bool { return strings.HasSuffix(path, "_test.rego") }

func runTests(
	asked *request, compiler *ast.Compiler, modules map[string]*ast.Module, store storage.Store, seen *witness,
) ([]outcome, error) {
	runner := tester.NewRunner().
		SetCompiler(compiler).
		SetStore(store).
		SetModules(modules).
		SetDefaultRegoVersion(ast.RegoV1).
		CapturePrintOutput(true).
		Filter(asked.Filter)
	if asked.Coverage {
		runner.SetCoverageQueryTracer(seen)
	}
	ctx := context.Background()
	txn, err := store.NewTransaction(ctx)
	if err != nil {
		return nil, err
	}
	defer store.Abort(ctx, txn)
	arriving, err := runner.RunTests(ctx, txn)
	if err != nil {
		return nil, err
	}
	results := []outcome{}
	for one := range arriving {
		made := outcomeOf(one)
		if made.Outcome == "fail" {
			made.Message = failure(compiler, store, one)
		}
		if len(one.SubResults) > 0 {
			made.Cases = casesOf(compiler, store, one)
		}
		results = append(results, made)
	}
	slices.SortFunc(results, compareOutcomes)
	return results, nil
}

// casesOf is the document of a test of several cases, the same that its WebAssembly must answer.
func casesOf(compiler *ast.Compiler, store storage.Store, one *tester.Result) string {
	query := rego.New(rego.Query(one.Package+"."+one.Name), rego.Compiler(compiler), rego.Store(store))
	results, err := query.Eval(context.Background())
	if err != nil || len(results) == 0 {
		return ""
	}
	text, _ := json.Marshal(results[0].Expressions[0].Value)
	return string(text)
}

func outcomeOf(one *tester.Result) outcome {
	made := outcome{
		Package: one.Package, Name: one.Name, Outcome: "pass", DurationUs: one.Duration.Microseconds(),
		Output: string(one.Output), Entrypoint: entrypointOf(one),
	}
	if one.Location != nil {
		made.File, made.Row = one.Location.File, one.Location.Row
	}
	switch {
	case one.Error != nil:
		made.Outcome, made.Message = "error", one.Error.Error()
	case one.Skip:
		made.Outcome = "skip"
	case one.Fail:
		made.Outcome = "fail"
	}
	return made
}

// entrypointOf is the path of a test: data.a["b-c"].test_d is a/b-c/test_d.
func entrypointOf(one *tester.Result) string {
	ref, err := ast.ParseRef(one.Package)
	if err != nil {
		return ""
	}
	var path bytes.Buffer
	for _, term := range ref[1:] {
		text, _ := term.Value.(ast.String)
		path.WriteString(string(text) + "/")
	}
	return path.String() + one.Name
}

func compareOutcomes(a, b outcome) int {
	return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Row, b.Row), cmp.Compare(a.Name, b.Name))
}

func coverageOf(report cover.Report) []fileCoverage {
	files := []fileCoverage{}
	for _, path := range slices.Sorted(maps.Keys(report.Files)) {
		if isTestFile(path) {
			continue
		}
		file := report.Files[path]
		ranges := [][2]int{}
		for _, missed := range file.NotCovered {
			ranges = append(ranges, [2]int{missed.Start.Row, missed.End.Row})
		}
		ranges = slices.Compact(ranges)
		files = append(files, fileCoverage{
			File: path, CoveredLines: file.CoveredLines, NotCoveredLines: file.NotCoveredLines, NotCovered: ranges,
		})
	}
	return files
}

package main

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/cover"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/tester"
)

// tested is the answer of test: every test in the order of its place, and the coverage of every file under test.
type tested struct {
	Tests    []outcome      `json:"tests"`
	Coverage []fileCoverage `json:"coverage"`
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
	compiler, err := compileModules(asked, modules)
	if err != nil {
		return nil, err
	}
	tracer := cover.New()
	results, err := runTests(asked, compiler, modules, store, tracer)
	if err != nil {
		return nil, err
	}
	report := tested{Tests: results, Coverage: []fileCoverage{}}
	if asked.Coverage {
		report.Coverage = coverageOf(tracer.Report(modules))
	}
	return report, nil
}

func runTests(
	asked *request, compiler *ast.Compiler, modules map[string]*ast.Module, store storage.Store, tracer *cover.Cover,
) ([]outcome, error) {
	runner := tester.NewRunner().
		SetCompiler(compiler).
		SetStore(store).
		SetModules(modules).
		SetDefaultRegoVersion(ast.RegoV1).
		CapturePrintOutput(true).
		Filter(asked.Filter)
	if asked.Coverage {
		runner.SetCoverageQueryTracer(tracer).SetCoverageRuns([]cover.Kind{})
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
		results = append(results, made)
	}
	slices.SortFunc(results, compareOutcomes)
	return results, nil
}

func outcomeOf(one *tester.Result) outcome {
	made := outcome{
		Package: one.Package, Name: one.Name, Outcome: "pass", DurationUs: one.Duration.Microseconds(),
		Output: string(one.Output),
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

func compareOutcomes(a, b outcome) int {
	return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Row, b.Row), cmp.Compare(a.Name, b.Name))
}

func coverageOf(report cover.Report) []fileCoverage {
	files := []fileCoverage{}
	for _, path := range slices.Sorted(maps.Keys(report.Files)) {
		if strings.HasSuffix(path, "_test.rego") {
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

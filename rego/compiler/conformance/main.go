// Command conformance prints OPA's own conformance cases, one JSON object a line, sorted by note: those for Rego v1 in
// the module that go.mod pins. It runs where Go is; what it prints is checked in.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/open-policy-agent/opa/v1/test/cases"
)

// category is the folder of a case below the folder of all cases.
type line struct {
	Category string `json:"category"`
	cases.TestCase
}

func main() {
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(folder string) error {
	set, err := cases.Load(folder)
	if err != nil {
		return err
	}
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	for _, one := range set.Sorted().Cases {
		below, err := filepath.Rel(folder, one.Filename)
		if err != nil {
			return err
		}
		if err := out.Encode(line{Category: strings.Split(below, string(filepath.Separator))[0], TestCase: one}); err != nil {
			return err
		}
	}
	return nil
}

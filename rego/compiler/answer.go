package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"
)

// module is one Rego source file.
type module struct {
	Path string `json:"path"`
	Text string `json:"text"`
}

// request is the one shape of all requests; each verb reads the fields it needs.
type request struct {
	Verb        string   `json:"verb"`
	Modules     []module `json:"modules"`
	Entrypoints []string `json:"entrypoints"`

	// Builtins is "policy" (deterministic, offline: the default) or "all"; Forbid names further ones to refuse.
	Builtins string   `json:"builtins"`
	Forbid   []string `json:"forbid"`

	// DataText and InputText are JSON texts, so that numbers of any length cross unharmed.
	DataText  string          `json:"data_text"`
	InputText string          `json:"input_text"`
	InputTerm string          `json:"input_term"`
	Schema    json.RawMessage `json:"schema"`

	// Known are the names that a configuration gives, where there is one. CheckOnly leaves the code out.
	Known     *known `json:"known"`
	CheckOnly bool   `json:"check_only"`

	Query        string `json:"query"`
	Strict       bool   `json:"strict"`
	StrictErrors bool   `json:"strict_errors"`
	Coverage     bool   `json:"coverage"`
	Filter       string `json:"filter"`
	Matched      bool   `json:"matched"`

	Name          string `json:"name"`
	ArgumentsText string `json:"arguments_text"`
	Begin         bool   `json:"begin"`
}

// response is what every call answers: exactly one of Answer, Diagnostics and Panic is set.
type response struct {
	Answer      any          `json:"answer,omitempty"`
	Diagnostics []diagnostic `json:"diagnostics,omitempty"`
	Panic       string       `json:"panic,omitempty"`
	Stack       string       `json:"stack,omitempty"`
	// HeapBytes is what the Go runtime holds: it never shrinks, so the host may want a fresh instance.
	HeapBytes uint64 `json:"heap_bytes"`
}

var verbs = map[string]func(*request) (any, error){
	"build":    build,
	"query":    buildQuery,
	"check":    check,
	"policy":   buildPolicy,
	"test":     test,
	"inspect":  inspect,
	"format":   formatSource,
	"eval":     evaluate,
	"builtin":  callBuiltin,
	"builtins": listBuiltins,
	"version":  version,
}

// answer serves one request. A panic in OPA or here becomes an answer too, so that the instance stays usable.
func answer(text []byte) []byte {
	served := serve(text)
	served.HeapBytes = heapBytes()
	encoded, err := encode(served)
	if err != nil {
		encoded, _ = encode(response{Diagnostics: diagnose(err)})
	}
	return encoded
}

func serve(text []byte) (served response) {
	defer func() {
		if thrown := recover(); thrown != nil {
			served = response{Panic: fmt.Sprint(thrown), Stack: string(debug.Stack())}
		}
	}()
	var asked request
	if err := json.Unmarshal(text, &asked); err != nil {
		return response{Diagnostics: diagnose(fmt.Errorf("request: %w", err))}
	}
	verb, known := verbs[asked.Verb]
	if !known {
		return response{Diagnostics: diagnose(fmt.Errorf("unknown verb %q", asked.Verb))}
	}
	given, err := verb(&asked)
	if err != nil {
		return response{Diagnostics: diagnose(err)}
	}
	return response{Answer: given}
}

func encode(value any) ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(value)
	return out.Bytes(), err
}

func heapBytes() uint64 {
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	return memory.HeapSys
}

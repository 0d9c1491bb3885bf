//go:build wasip1

// Command compiler is OPA's Rego compiler, checker, test runner and formatter as a WebAssembly reactor.
//
// The host writes a JSON request of n bytes to the address that reserve(n) returns, calls call(), which returns the
// length of the JSON answer, and reads the answer from the address that result() returns. There is no other way in
// or out: the WASI host beside this file (wasi.ts) gives neither files nor network nor environment.
package main

import (
	"runtime/debug"
	"unsafe"
)

var (
	requestBytes []byte
	answerBytes  []byte
)

//go:wasmexport reserve
func reserve(size int32) unsafe.Pointer {
	requestBytes = make([]byte, max(size, 1))[:size]
	return unsafe.Pointer(unsafe.SliceData(requestBytes))
}

//go:wasmexport call
func call() int32 {
	answerBytes = answer(requestBytes)
	requestBytes = nil
	return int32(len(answerBytes))
}

//go:wasmexport result
func result() unsafe.Pointer {
	return unsafe.Pointer(unsafe.SliceData(answerBytes))
}

func init() {
	// Collecting less often is a third of the time of a check; the host gives up an instance that grew too large.
	debug.SetGCPercent(400)
}

func main() {}

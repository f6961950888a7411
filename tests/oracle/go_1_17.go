//go:build !go1.18

package main

import "runtime/debug"

// Go 1.17 does not keep its settings, and has no GODEBUG defaults.
func godebug(*debug.BuildInfo) string { return "" }

//go:build go1.18

package main

import "runtime/debug"

// godebug gives the GODEBUG defaults that the go line selected.
func godebug(info *debug.BuildInfo) string {
	for _, s := range info.Settings {
		if s.Key == "DefaultGODEBUG" {
			return s.Value
		}
	}
	return ""
}

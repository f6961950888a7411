//go:build !cm20
// +build !cm20

package main

// Before 1.20 the PEM limits are constants.
func applyPEMLimits(*pemLimits) (undo func()) { return func() {} }

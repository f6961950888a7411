//go:build cm20
// +build cm20

package main

import "github.com/cert-manager/cert-manager/internal/pem"

func applyPEMLimits(l *pemLimits) (undo func()) {
	before := pem.GetGlobalSizeLimits()
	pem.SetGlobalSizeLimits(pem.NewSizeLimitsFromConfig(l.Certificate, l.PrivateKey, l.Chain, l.Bundle))
	return func() { pem.SetGlobalSizeLimits(before) }
}

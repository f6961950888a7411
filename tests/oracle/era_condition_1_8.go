//go:build !readybuilder
// +build !readybuilder

package main

import (
	_ "unsafe" // for go:linkname

	"github.com/cert-manager/cert-manager/internal/controller/certificates/policies"
	cmapi "github.com/cert-manager/cert-manager/pkg/apis/certmanager/v1"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/readiness"
)

// Before 1.9.2 the function that makes the Ready condition from the chain is
// not exported. It is reached by its linker name; linkname.s lets the compiler
// accept the missing body.
//
//go:linkname readyCondition github.com/cert-manager/cert-manager/pkg/controller/certificates/readiness.policyEvaluator
func readyCondition(chain policies.Chain, input policies.Input) cmapi.CertificateCondition

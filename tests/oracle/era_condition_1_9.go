//go:build readybuilder
// +build readybuilder

package main

import "github.com/cert-manager/cert-manager/pkg/controller/certificates/readiness"

var readyCondition = readiness.BuildReadyConditionFromChain

//go:build cm12 && !cm16
// +build cm12,!cm16

package main

import (
	"github.com/cert-manager/cert-manager/internal/controller/certificates/policies"
	controllerpkg "github.com/cert-manager/cert-manager/pkg/controller"
	"github.com/cert-manager/cert-manager/pkg/controller/certificates/readiness"
	"github.com/cert-manager/cert-manager/pkg/controller/certificates/trigger"
	"github.com/cert-manager/cert-manager/pkg/util/pki"
)

func newTriggerController(base *controllerpkg.Context, reissue policies.Func) (processFunc, error) {
	c, queue, _ := trigger.NewController(controllerLog(base), base, reissue)
	queue.ShutDown()
	return byKey(c.ProcessItem), nil
}

func newReadinessController(base *controllerpkg.Context) (processFunc, error) {
	c, queue, _ := readiness.NewController(controllerLog(base), base, policies.NewReadinessPolicyChain(base.Clock),
		pki.RenewalTime, readyCondition)
	queue.ShutDown()
	return byKey(c.ProcessItem), nil
}

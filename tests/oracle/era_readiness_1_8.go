//go:build !cm12
// +build !cm12

package main

import (
	"github.com/cert-manager/cert-manager/internal/controller/certificates/policies"
	controllerpkg "github.com/cert-manager/cert-manager/pkg/controller"
	"github.com/cert-manager/cert-manager/pkg/controller/certificates"
	"github.com/cert-manager/cert-manager/pkg/controller/certificates/readiness"
)

func newReadinessController(base *controllerpkg.Context) (processFunc, error) {
	c, queue, _ := readiness.NewController(controllerLog(base), base.CMClient, base.KubeSharedInformerFactory,
		base.SharedInformerFactory, policies.NewReadinessPolicyChain(base.Clock), certificates.RenewalTime,
		readyCondition, base.FieldManager)
	queue.ShutDown()
	return byKey(c.ProcessItem), nil
}

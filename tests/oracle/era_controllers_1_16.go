//go:build cm16
// +build cm16

package main

import (
	"context"

	"k8s.io/apimachinery/pkg/types"

	"github.com/cert-manager/cert-manager/internal/controller/certificates/policies"
	controllerpkg "github.com/cert-manager/cert-manager/pkg/controller"
	"github.com/cert-manager/cert-manager/pkg/controller/certificates/readiness"
	"github.com/cert-manager/cert-manager/pkg/controller/certificates/trigger"
	"github.com/cert-manager/cert-manager/pkg/util/pki"
)

// From 1.16 on the key of a work item is a NamespacedName.
func byName(process func(context.Context, types.NamespacedName) error) processFunc {
	return func(ctx context.Context, namespace, name string) error {
		return process(ctx, types.NamespacedName{Namespace: namespace, Name: name})
	}
}

func newTriggerController(base *controllerpkg.Context, reissue policies.Func) (processFunc, error) {
	c, queue, _, err := trigger.NewController(controllerLog(base), base, reissue)
	if err != nil {
		return nil, err
	}
	queue.ShutDown()
	return byName(c.ProcessItem), nil
}

func newReadinessController(base *controllerpkg.Context) (processFunc, error) {
	c, queue, _, err := readiness.NewController(controllerLog(base), base, policies.NewReadinessPolicyChain(base.Clock),
		pki.RenewalTime, readyCondition)
	if err != nil {
		return nil, err
	}
	queue.ShutDown()
	return byName(c.ProcessItem), nil
}

//go:build cm117

package main

import (
	"k8s.io/klog/v2"
	"k8s.io/utils/clock"

	"github.com/cert-manager/cert-manager/pkg/acme/accounts"
	"github.com/cert-manager/cert-manager/pkg/controller"
	"github.com/cert-manager/cert-manager/pkg/metrics"
)

// What ContextOptions of 1.17 asks for and 1.21 makes by itself.
func defaults() controller.ContextOptions {
	var options controller.ContextOptions
	options.Clock = clock.RealClock{}
	options.Metrics = metrics.New(klog.Background(), clock.RealClock{})
	options.AccountRegistry = accounts.NewDefaultRegistry()
	return options
}

// The shims of Gateways are run with the newest release alone.
func gatewayFlags(*controller.ContextOptions, bool, bool) {}

func wanted(string, controller.ContextOptions) bool { return true }

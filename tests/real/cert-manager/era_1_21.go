//go:build cm121

package main

import (
	"time"

	"github.com/cert-manager/cert-manager/pkg/controller"
	gateways "github.com/cert-manager/cert-manager/pkg/controller/certificate-shim/gateways"
	listenersets "github.com/cert-manager/cert-manager/pkg/controller/certificate-shim/listenerset"
)

// What ContextOptions of 1.21 asks for and 1.17 does not have.
func defaults() controller.ContextOptions {
	var options controller.ContextOptions
	options.CertificateRequestMinimumBackoffDuration = time.Hour
	options.CertificateRequestMaximumBackoffDuration = 32 * time.Hour
	return options
}

// gatewayFlags are followed by the shims of Gateways and ListenerSets, which run only where they are wanted.
func gatewayFlags(options *controller.ContextOptions, gateway, sets bool) {
	options.EnableGatewayAPI = gateway
	options.EnableGatewayAPIListenerSet = sets
}

func wanted(name string, options controller.ContextOptions) bool {
	switch name {
	case gateways.ControllerName:
		return options.EnableGatewayAPI
	case listenersets.ControllerName:
		return options.EnableGatewayAPIListenerSet
	}
	return true
}

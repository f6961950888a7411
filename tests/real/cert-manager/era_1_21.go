//go:build cm121

package main

import (
	"time"

	"github.com/cert-manager/cert-manager/pkg/controller"
)

// What ContextOptions of 1.21 asks for and 1.17 does not have.
func defaults() controller.ContextOptions {
	var options controller.ContextOptions
	options.CertificateRequestMinimumBackoffDuration = time.Hour
	options.CertificateRequestMaximumBackoffDuration = 32 * time.Hour
	return options
}

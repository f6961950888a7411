//go:build cm16 && !cm21
// +build cm16,!cm21

package main

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cmapi "github.com/cert-manager/cert-manager/pkg/apis/certmanager/v1"
	"github.com/cert-manager/cert-manager/pkg/util/pki"
)

func releaseRenewalTime(notBefore, notAfter time.Time, spec cmapi.CertificateSpec) (*metav1.Time, error) {
	return pki.RenewalTime(notBefore, notAfter, spec.RenewBefore, spec.RenewBeforePercentage), nil
}

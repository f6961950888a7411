//go:build !cm12
// +build !cm12

package main

import (
	"crypto"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cmapi "github.com/cert-manager/cert-manager/pkg/apis/certmanager/v1"
	"github.com/cert-manager/cert-manager/pkg/controller/certificates"
)

// Up to 1.11 the comparisons live beside the controllers.

func releaseRequestMatchesSpec(cr *cmapi.CertificateRequest, spec cmapi.CertificateSpec) ([]string, error) {
	return certificates.RequestMatchesSpec(cr, spec)
}

func releasePrivateKeyMatchesSpec(key crypto.PrivateKey, spec cmapi.CertificateSpec) ([]string, error) {
	return certificates.PrivateKeyMatchesSpec(key, spec)
}

func releaseSecretMatchesSpec(secret *corev1.Secret, spec cmapi.CertificateSpec) ([]string, error) {
	return certificates.SecretDataAltNamesMatchSpec(secret, spec)
}

func releaseRenewalTime(notBefore, notAfter time.Time, spec cmapi.CertificateSpec) (*metav1.Time, error) {
	return certificates.RenewalTime(notBefore, notAfter, spec.RenewBefore), nil
}

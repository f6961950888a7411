//go:build cm12 && !cm16
// +build cm12,!cm16

package main

import (
	"crypto"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cmapi "github.com/cert-manager/cert-manager/pkg/apis/certmanager/v1"
	"github.com/cert-manager/cert-manager/pkg/util/pki"
)

func releaseRequestMatchesSpec(cr *cmapi.CertificateRequest, spec cmapi.CertificateSpec) ([]string, error) {
	return pki.RequestMatchesSpec(cr, spec)
}

func releasePrivateKeyMatchesSpec(key crypto.PrivateKey, spec cmapi.CertificateSpec) ([]string, error) {
	return pki.PrivateKeyMatchesSpec(key, spec)
}

func releaseSecretMatchesSpec(secret *corev1.Secret, spec cmapi.CertificateSpec) ([]string, error) {
	return pki.SecretDataAltNamesMatchSpec(secret, spec)
}

func releaseRenewalTime(notBefore, notAfter time.Time, spec cmapi.CertificateSpec) (*metav1.Time, error) {
	return pki.RenewalTime(notBefore, notAfter, spec.RenewBefore), nil
}

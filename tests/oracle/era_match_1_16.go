//go:build cm16
// +build cm16

package main

import (
	"crypto"

	corev1 "k8s.io/api/core/v1"

	cmapi "github.com/cert-manager/cert-manager/pkg/apis/certmanager/v1"
	"github.com/cert-manager/cert-manager/pkg/util/pki"
)

func releaseRequestMatchesSpec(cr *cmapi.CertificateRequest, spec cmapi.CertificateSpec) ([]string, error) {
	return pki.RequestMatchesSpec(cr, spec)
}

// From 1.16 on an unknown key algorithm panics instead of being an error.
func releasePrivateKeyMatchesSpec(key crypto.PrivateKey, spec cmapi.CertificateSpec) ([]string, error) {
	return pki.PrivateKeyMatchesSpec(key, spec), nil
}

// From 1.16 on the comparison takes a decoded certificate.
func releaseSecretMatchesSpec(secret *corev1.Secret, spec cmapi.CertificateSpec) ([]string, error) {
	cert, err := pki.DecodeX509CertificateBytes(secret.Data[corev1.TLSCertKey])
	if err != nil {
		return nil, err
	}
	return pki.FuzzyX509AltNamesMatchSpec(cert, spec), nil
}

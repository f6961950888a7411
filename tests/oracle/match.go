package main

import (
	"crypto"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"

	cmapi "github.com/cert-manager/cert-manager/pkg/apis/certmanager/v1"
	"github.com/cert-manager/cert-manager/pkg/util/pki"
)

// matchAnswer answers mode "match". A part that was not asked for is absent.
type matchAnswer struct {
	ID           string      `json:"id"`
	Release      string      `json:"release"`
	Request      *violations `json:"request,omitempty"`
	PrivateKey   *violations `json:"privateKey,omitempty"`
	Fuzzy        *violations `json:"fuzzy,omitempty"`
	RenewalTime  *string     `json:"renewalTime"`
	RenewalError string      `json:"renewalError,omitempty"`
}

type violations struct {
	Violations []string `json:"violations"`
	Error      string   `json:"error,omitempty"`
	Panic      string   `json:"panic,omitempty"`
}

func (j *judge) match(req *request) (interface{}, error) {
	undo, err := applyGlobals(req.Flags)
	if err != nil {
		return nil, err
	}
	defer undo()
	var spec cmapi.CertificateSpec
	if err := decodeObject(req.Spec, &spec); err != nil {
		return nil, fmt.Errorf("spec: %v", err)
	}
	a := &matchAnswer{ID: req.ID, Release: j.release}
	if len(req.Request) > 0 {
		cr := &cmapi.CertificateRequest{}
		if err := decodeObject(req.Request, cr); err != nil {
			return nil, fmt.Errorf("request: %v", err)
		}
		a.Request = collect(func() ([]string, error) { return releaseRequestMatchesSpec(cr, spec) })
	}
	if len(req.Key) > 0 {
		a.PrivateKey = collect(func() ([]string, error) {
			var key crypto.PrivateKey
			key, err := pki.DecodePrivateKeyBytes(req.Key)
			if err != nil {
				return nil, err
			}
			return releasePrivateKeyMatchesSpec(key, spec)
		})
	}
	var notBefore, notAfter time.Time
	if len(req.Secret) > 0 {
		secret, err := readSecret(req.Secret)
		if err != nil {
			return nil, fmt.Errorf("secret: %v", err)
		}
		a.Fuzzy = collect(func() ([]string, error) { return releaseSecretMatchesSpec(secret, spec) })
		if cert, err := pki.DecodeX509CertificateBytes(secret.Data[corev1.TLSCertKey]); err == nil {
			notBefore, notAfter = cert.NotBefore, cert.NotAfter
		}
	}
	if req.NotBefore != "" {
		if notBefore, err = time.Parse(time.RFC3339, req.NotBefore); err != nil {
			return nil, fmt.Errorf("notBefore: %v", err)
		}
		if notAfter, err = time.Parse(time.RFC3339, req.NotAfter); err != nil {
			return nil, fmt.Errorf("notAfter: %v", err)
		}
	}
	if !notAfter.IsZero() {
		a.RenewalTime, a.RenewalError = renewal(notBefore, notAfter, spec)
	}
	return a, nil
}

func collect(f func() ([]string, error)) *violations {
	v := &violations{Violations: []string{}}
	v.Panic = protect(func() {
		found, err := f()
		if err != nil {
			v.Error = err.Error()
		}
		v.Violations = list(found)
	})
	return v
}

func asSecret(o interface{}) *corev1.Secret { return o.(*corev1.Secret) }

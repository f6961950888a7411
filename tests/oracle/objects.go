package main

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	kjson "sigs.k8s.io/json"

	cmapi "github.com/cert-manager/cert-manager/pkg/apis/certmanager/v1"
)

// objects are those of one case; nil lists are empty.
type objects struct {
	certificate  *cmapi.Certificate
	certificates []interface{}
	requests     []interface{}
	secrets      []interface{}
}

func readObjects(req *request) (*objects, error) {
	o := &objects{}
	for i, raw := range req.Objects {
		var kind metav1.TypeMeta
		if err := decodeObject(raw, &kind); err != nil {
			return nil, fmt.Errorf("object %d: %v", i, err)
		}
		switch kind.Kind {
		case "Certificate":
			crt := &cmapi.Certificate{}
			if err := decodeObject(raw, crt); err != nil {
				return nil, fmt.Errorf("object %d: %v", i, err)
			}
			o.certificates = append(o.certificates, crt)
			if o.certificate == nil && (req.Certificate == "" || req.Certificate == crt.Namespace+"/"+crt.Name) {
				o.certificate = crt
			}
		case "CertificateRequest":
			cr := &cmapi.CertificateRequest{}
			if err := decodeObject(raw, cr); err != nil {
				return nil, fmt.Errorf("object %d: %v", i, err)
			}
			o.requests = append(o.requests, cr)
		case "Secret":
			secret, err := readSecret(raw)
			if err != nil {
				return nil, fmt.Errorf("object %d: %v", i, err)
			}
			o.secrets = append(o.secrets, secret)
		default:
			return nil, fmt.Errorf("object %d: kind %q is not used by the certificate controllers", i, kind.Kind)
		}
	}
	if o.certificate == nil {
		return nil, fmt.Errorf("no Certificate %s among the objects", strings.TrimSpace(req.Certificate))
	}
	return o, nil
}

// readSecret sends the Secret through protobuf, as the API server and the
// informer do: an empty data map becomes nil on the way.
func readSecret(raw []byte) (*corev1.Secret, error) {
	var read, stored corev1.Secret
	if err := decodeObject(raw, &read); err != nil {
		return nil, err
	}
	wire, err := read.Marshal()
	if err != nil {
		return nil, err
	}
	if err := stored.Unmarshal(wire); err != nil {
		return nil, err
	}
	return &stored, nil
}

// decodeObject reads JSON the way Kubernetes clients do (field names are case
// sensitive).
func decodeObject(raw []byte, into interface{}) error {
	return kjson.UnmarshalCaseSensitivePreserveInts(raw, into)
}

//go:build ignore
// +build ignore

// Command smoke_cases writes smoke.jsonl: a few cases of each outcome and each
// check, with what every release must say. Keys are made afresh for each run.
//
//	go run smoke_cases.go > smoke.jsonl
package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"time"
)

type object = map[string]interface{}

var (
	now       = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	notBefore = time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	notAfter  = time.Date(2026, 7, 30, 0, 0, 0, 0, time.UTC)
)

func main() {
	ec, other, rsaKey := newEC(), newEC(), newRSA()
	enc := json.NewEncoder(os.Stdout)
	enc.SetEscapeHTML(false)
	write := func(id string, c *world, expect object) {
		check(enc.Encode(object{
			"id": id, "now": now.Format(time.RFC3339), "certificate": "ns/web", "flags": c.flags,
			"objects": c.objects(), "expect": expect,
		}))
	}
	healthy := func() *world { return newWorld(ec) }
	set := func(reason, message string) object {
		return object{"outcome": "set", "reason": reason, "message": message}
	}
	same := func(outcome string) object { return object{"outcome": outcome} }

	write("healthy", healthy(), object{"outcome": "wait", "until": "2026-06-30T00:00:00Z", "renewalTime": "2026-06-30T00:00:00Z"})
	write("healthy-rsa", newWorld(rsaKey), same("wait"))

	c := healthy()
	c.secret = nil
	write("secret-missing", c, set("DoesNotExist", "Issuing certificate as Secret does not exist"))

	c = healthy()
	c.secret["data"] = object{}
	write("secret-empty", c, set("MissingData", "Issuing certificate as Secret does not contain any data"))

	c = healthy()
	c.data()["tls.key"] = keyPEM(other)
	write("wrong-key", c, object{"outcome": "set", "reason": "InvalidKeyPair", "from": object{
		"8":  "Issuing certificate as Secret contains an invalid key-pair: tls: private key does not match public key",
		"13": "Issuing certificate as Secret contains a private key that does not match the certificate",
	}})

	c = healthy()
	c.data()["tls.key"] = keyPEM(other)
	c.data()["tls.crt"] = certPEM(other, "web.example.com")
	write("older-secret", c, object{"from": object{"8": "", "13": "Secret contains a private key that does not match the current CertificateRequest"}})

	c = healthy()
	c.annotations()["cert-manager.io/issuer-name"] = "elsewhere"
	write("issuer-annotation", c, object{"outcome": "set", "reason": "IncorrectIssuer", "from": object{
		"8":  "Issuing certificate as Secret was previously issued by Issuer.cert-manager.io/elsewhere",
		"13": `Issuing certificate as Secret was previously issued by "Issuer.cert-manager.io/elsewhere"`,
	}})

	c = healthy()
	c.certificate["spec"].(object)["dnsNames"] = []string{"web.example.com", "more.example.com"}
	write("request-changed", c, set("RequestChanged", "Fields on existing CertificateRequest resource not up to date: [spec.dnsNames]"))

	c = healthy()
	c.request = nil
	c.certificate["spec"].(object)["dnsNames"] = []string{"more.example.com"}
	write("secret-differs-no-request", c, object{"outcome": "set", "reason": "SecretMismatch", "from": object{
		"8":  "Existing issued Secret is not up to date for spec: [spec.dnsNames]",
		"13": "Issuing certificate as Existing issued Secret is not up to date for spec: [spec.dnsNames]",
	}})

	c = healthy()
	c.certificate["spec"].(object)["renewBefore"] = "1440h0m0s"
	write("nearing-expiry", c, set("Renewing", "Renewing certificate as renewal was scheduled at 2026-06-30 00:00:00 +0000 UTC"))

	c = healthy()
	c.secret = nil
	c.condition("Issuing", "True")
	write("already-issuing", c, object{"outcome": "already-issuing", "chain": "DoesNotExist"})

	c = healthy()
	c.secret = nil
	c.status()["lastFailureTime"] = now.Add(-10 * time.Minute).Format(time.RFC3339)
	c.status()["failedIssuanceAttempts"] = 2
	write("back-off", c, object{"outcome": "back-off", "until": now.Add(110 * time.Minute).Format(time.RFC3339), "chain": "DoesNotExist"})

	c = healthy()
	c.secret = nil
	c.status()["lastFailureTime"] = now.Add(-3 * time.Hour).Format(time.RFC3339)
	c.status()["failedIssuanceAttempts"] = 2
	write("back-off-over", c, set("DoesNotExist", "Issuing certificate as Secret does not exist"))

	c = healthy()
	c.extra = append(c.extra, requestObject("web-1-twin", c.request["spec"].(object)["request"].([]byte)))
	write("duplicate-requests", c, object{"outcome": "gather-error", "error": "multiple CertificateRequests were found for the 'current' revision 1, issuance is skipped until there are no more duplicates"})

	c = healthy()
	c.data()["tls.key"] = keyPEM(other)
	first := certificateObject()
	first["metadata"].(object)["name"] = "first"
	first["metadata"].(object)["uid"] = "uid-first"
	first["metadata"].(object)["creationTimestamp"] = "2020-01-01T00:00:00Z"
	c.annotations()["cert-manager.io/certificate-name"] = "first"
	c.extra = append(c.extra, first)
	write("not-owner", c, object{"chain": "InvalidKeyPair", "outcomes": object{"1.8.0": "set", "1.13.2": "not-owner"}})

	c = healthy()
	c.secret = nil
	c.certificate["metadata"].(object)["deletionTimestamp"] = "2026-06-01T11:00:00Z"
	write("deleting", c, object{"chain": "DoesNotExist", "outcomes": object{"1.8.0": "set", "1.18.0": "deleting"}})
	c.condition("Issuing", "True")
	write("deleting-and-issuing", c, object{"chain": "DoesNotExist", "outcomes": object{"1.8.0": "already-issuing", "1.18.0": "deleting"}})

	c = healthy()
	c.certificate["spec"].(object)["privateKey"] = object{"algorithm": "RSA", "size": 2048}
	write("key-differs-from-spec", c, object{"outcome": "set", "reason": "SecretMismatch"})

	c = healthy()
	c.certificate["spec"].(object)["privateKey"] = object{"algorithm": "ed25519"}
	write("unknown-algorithm", c, object{"outcomes": object{"1.8.0": "set", "1.16.0": "panic"}})

	c = healthy()
	c.certificate["spec"].(object)["renewal"] = object{"policy": "Disabled"}
	write("renewal-disabled", c, object{"outcomes": object{"1.8.0": "wait", "1.21.0": "panic", "1.21.1": "wait"}})

	c = healthy()
	c.secret["metadata"].(object)["labels"] = object{"controller.cert-manager.io/fao": "true"}
	write("label-true", c, same("wait"))
	c.secret["metadata"].(object)["labels"] = object{"controller.cert-manager.io/fao": "false"}
	write("label-false", c, object{"outcomes": object{"1.8.0": "wait", "1.13.0": "set"}})
	c.flags = object{"featureGates": object{"SecretsFilteredCaching": false}}
	write("label-false-plain-cache", c, same("wait"))
	c.flags = object{"featureGates": object{"SecretsFilteredCaching": true}}
	write("label-false-filtered-cache", c, object{"outcomes": object{"1.8.0": "wait", "1.12.0": "set"}})

	check(enc.Encode(object{"id": "decode-key", "mode": "decode", "kind": "key", "pem": keyPEM(rsaKey)}))
	check(enc.Encode(object{"id": "decode-certificate", "mode": "decode", "kind": "certificate", "pem": certPEM(ec, "web.example.com")}))
	check(enc.Encode(object{"id": "decode-request", "mode": "decode", "kind": "request", "pem": csrPEM(ec, "web.example.com")}))
	check(enc.Encode(object{"id": "decode-junk", "mode": "decode", "kind": "key", "pem": []byte("junk")}))
	check(enc.Encode(object{"id": "decode-pair", "mode": "decode", "kind": "keypair", "keyPem": keyPEM(other), "certificatePem": certPEM(ec, "web.example.com")}))
	c = healthy()
	check(enc.Encode(object{
		"id": "match", "mode": "match", "spec": object{"commonName": "x", "privateKey": object{"size": 4096}, "renewBefore": "24h"},
		"request": c.request, "secret": c.secret, "key": keyPEM(rsaKey),
	}))
}

type world struct {
	certificate, secret, request object
	extra                        []object
	flags                        object
}

func newWorld(key crypto.Signer) *world {
	w := &world{certificate: certificateObject(), flags: object{}}
	if _, ok := key.(*rsa.PrivateKey); ok {
		w.certificate["spec"].(object)["privateKey"] = object{"algorithm": "RSA", "size": 2048}
	}
	w.request = requestObject("web-1", csrPEM(key, "web.example.com"))
	w.secret = object{
		"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls",
		"metadata": object{"name": "web-tls", "namespace": "ns", "annotations": object{
			"cert-manager.io/issuer-name": "ca", "cert-manager.io/issuer-kind": "Issuer",
			"cert-manager.io/issuer-group": "cert-manager.io", "cert-manager.io/certificate-name": "web",
		}},
		"data": object{"tls.key": keyPEM(key), "tls.crt": certPEM(key, "web.example.com")},
	}
	return w
}

func certificateObject() object {
	return object{
		"apiVersion": "cert-manager.io/v1", "kind": "Certificate",
		"metadata": object{"name": "web", "namespace": "ns", "uid": "uid-web", "generation": 1, "creationTimestamp": "2026-04-30T23:00:00Z"},
		"spec": object{
			"secretName": "web-tls", "commonName": "web.example.com", "dnsNames": []string{"web.example.com"},
			"issuerRef":  object{"name": "ca", "kind": "Issuer", "group": "cert-manager.io"},
			"privateKey": object{"algorithm": "ECDSA", "size": 256},
		},
		"status": object{
			"revision": 1, "notBefore": notBefore.Format(time.RFC3339), "notAfter": notAfter.Format(time.RFC3339),
			"renewalTime": "2026-06-30T00:00:00Z",
			"conditions":  []object{},
		},
	}
}

func requestObject(name string, csr []byte) object {
	return object{
		"apiVersion": "cert-manager.io/v1", "kind": "CertificateRequest",
		"metadata": object{
			"name": name, "namespace": "ns",
			"annotations": object{"cert-manager.io/certificate-revision": "1"},
			"ownerReferences": []object{{
				"apiVersion": "cert-manager.io/v1", "kind": "Certificate", "name": "web", "uid": "uid-web", "controller": true,
			}},
		},
		"spec": object{"request": csr, "issuerRef": object{"name": "ca", "kind": "Issuer", "group": "cert-manager.io"}},
	}
}

func (w *world) objects() []object {
	all := []object{w.certificate}
	for _, o := range []object{w.secret, w.request} {
		if o != nil {
			all = append(all, o)
		}
	}
	return append(all, w.extra...)
}

func (w *world) data() object   { return w.secret["data"].(object) }
func (w *world) status() object { return w.certificate["status"].(object) }
func (w *world) annotations() object {
	return w.secret["metadata"].(object)["annotations"].(object)
}

func (w *world) condition(kind, status string) {
	w.status()["conditions"] = []object{{"type": kind, "status": status, "reason": "Test", "message": "made for the test"}}
}

func newEC() crypto.Signer {
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(err)
	return k
}

func newRSA() crypto.Signer {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	check(err)
	return k
}

func keyPEM(k crypto.Signer) []byte {
	switch k := k.(type) {
	case *rsa.PrivateKey:
		return pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(k)})
	case *ecdsa.PrivateKey:
		der, err := x509.MarshalECPrivateKey(k)
		check(err)
		return pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der})
	}
	panic("key type")
}

func certPEM(k crypto.Signer, name string) []byte {
	t := &x509.Certificate{
		SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: notBefore, NotAfter: notAfter,
	}
	der, err := x509.CreateCertificate(rand.Reader, t, t, k.Public(), k)
	check(err)
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

func csrPEM(k crypto.Signer, name string) []byte {
	der, err := x509.CreateCertificateRequest(rand.Reader,
		&x509.CertificateRequest{Subject: pkix.Name{CommonName: name}, DNSNames: []string{name}}, k)
	check(err)
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der})
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

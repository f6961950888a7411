package main

import (
	"crypto"
	"crypto/dsa"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"fmt"
	"net"
	"net/url"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/cert-manager/cert-manager/internal/controller/certificates/policies"
	"github.com/cert-manager/cert-manager/pkg/util/pki"
)

// decodeAnswer answers mode "decode".
type decodeAnswer struct {
	ID      string `json:"id"`
	Release string `json:"release"`
	OK      bool   `json:"ok"`
	Error   string `json:"error"`
	Panic   string `json:"panic,omitempty"`

	PublicKey *publicKey `json:"publicKey,omitempty"`
	*decoded
	// Chain is SecretPublicKeysDiffer for kind "keypair".
	Chain *verdict `json:"chain,omitempty"`
}

type publicKey struct {
	Type string `json:"type"` // RSA, ECDSA, Ed25519, DSA, or unknown
	Bits int    `json:"bits"`
	// SHA256 is over the PKIX form as Go marshals it, empty if Go cannot.
	SHA256 string `json:"sha256"`
}

// decoded are the fields of a certificate or request that policies read. Text
// that is not UTF-8 is damaged by JSON; Raw* are exact (hexadecimal DER).
type decoded struct {
	CommonName string   `json:"commonName"`
	DNS        []string `json:"dns"`
	IPs        []string `json:"ips"`
	URIs       []string `json:"uris"`
	Emails     []string `json:"emails"`
	Subject    *subject `json:"subject"`
	RawSubject string   `json:"rawSubject"`
	Serial     string   `json:"serial,omitempty"`
	NotBefore  string   `json:"notBefore,omitempty"`
	NotAfter   string   `json:"notAfter,omitempty"`
}

type subject struct {
	SerialNumber        string   `json:"serialNumber"`
	Organizations       []string `json:"organizations"`
	Countries           []string `json:"countries"`
	Localities          []string `json:"localities"`
	OrganizationalUnits []string `json:"organizationalUnits"`
	PostalCodes         []string `json:"postalCodes"`
	Provinces           []string `json:"provinces"`
	StreetAddresses     []string `json:"streetAddresses"`
}

func (j *judge) decode(req *request) (interface{}, error) {
	undo, err := applyGlobals(req.Flags)
	if err != nil {
		return nil, err
	}
	defer undo()
	a := &decodeAnswer{ID: req.ID, Release: j.release}
	var read func() error
	switch req.Kind {
	case "key":
		read = func() error { return a.readKey(req.PEM) }
	case "certificate":
		read = func() error { return a.readCertificate(req.PEM) }
	case "request":
		read = func() error { return a.readRequest(req.PEM) }
	case "keypair":
		read = func() error { return a.readPair(req.KeyPEM, req.CertPEM) }
	default:
		return nil, fmt.Errorf("unknown kind %q", req.Kind)
	}
	a.Panic = protect(func() { err = read() })
	a.OK = err == nil && a.Panic == ""
	if err != nil {
		a.Error = err.Error()
	}
	return a, nil
}

func (a *decodeAnswer) readKey(pem []byte) error {
	key, err := pki.DecodePrivateKeyBytes(pem)
	if err != nil {
		return err
	}
	a.PublicKey = describeKey(key.Public())
	return nil
}

func (a *decodeAnswer) readCertificate(pem []byte) error {
	cert, err := pki.DecodeX509CertificateBytes(pem)
	if err != nil {
		return err
	}
	a.PublicKey = describeKey(cert.PublicKey)
	a.decoded = describe(cert.Subject, cert.RawSubject, cert.DNSNames, cert.EmailAddresses, cert.IPAddresses, cert.URIs)
	a.Serial = cert.SerialNumber.Text(16)
	a.NotBefore = cert.NotBefore.UTC().Format(time.RFC3339)
	a.NotAfter = cert.NotAfter.UTC().Format(time.RFC3339)
	return nil
}

func (a *decodeAnswer) readRequest(pem []byte) error {
	csr, err := pki.DecodeX509CertificateRequestBytes(pem)
	if err != nil {
		return err
	}
	a.PublicKey = describeKey(csr.PublicKey)
	a.decoded = describe(csr.Subject, csr.RawSubject, csr.DNSNames, csr.EmailAddresses, csr.IPAddresses, csr.URIs)
	return nil
}

// readPair asks the one check of the chain that looks at both: up to 1.12 it
// is tls.X509KeyPair, later the decoders above.
func (a *decodeAnswer) readPair(key, cert []byte) error {
	secret := &corev1.Secret{Data: map[string][]byte{corev1.TLSPrivateKeyKey: key, corev1.TLSCertKey: cert}}
	reason, message, violated := policies.SecretPublicKeysDiffer(policies.Input{Secret: secret})
	a.Chain = &verdict{Violated: violated, Reason: reason, Message: message}
	if violated {
		return fmt.Errorf("%s", message)
	}
	return nil
}

func describeKey(key crypto.PublicKey) *publicKey {
	d := &publicKey{Type: "unknown"}
	switch k := key.(type) {
	case *rsa.PublicKey:
		d.Type, d.Bits = "RSA", k.N.BitLen()
	case *ecdsa.PublicKey:
		d.Type, d.Bits = "ECDSA", k.Curve.Params().BitSize
	case ed25519.PublicKey:
		d.Type, d.Bits = "Ed25519", 8*len(k)
	case *dsa.PublicKey:
		d.Type, d.Bits = "DSA", k.P.BitLen()
	}
	if der, err := x509.MarshalPKIXPublicKey(key); err == nil {
		sum := sha256.Sum256(der)
		d.SHA256 = hex.EncodeToString(sum[:])
	}
	return d
}

func describe(name pkix.Name, raw []byte, dns, emails []string, ips []net.IP, uris []*url.URL) *decoded {
	d := &decoded{
		CommonName: name.CommonName,
		DNS:        list(dns),
		IPs:        []string{},
		URIs:       []string{},
		Emails:     list(emails),
		RawSubject: hex.EncodeToString(raw),
		Subject: &subject{
			SerialNumber:        name.SerialNumber,
			Organizations:       list(name.Organization),
			Countries:           list(name.Country),
			Localities:          list(name.Locality),
			OrganizationalUnits: list(name.OrganizationalUnit),
			PostalCodes:         list(name.PostalCode),
			Provinces:           list(name.Province),
			StreetAddresses:     list(name.StreetAddress),
		},
	}
	for _, ip := range ips {
		d.IPs = append(d.IPs, ip.String())
	}
	for _, u := range uris {
		d.URIs = append(d.URIs, u.String())
	}
	return d
}

func list(l []string) []string {
	if l == nil {
		return []string{}
	}
	return l
}

package main

import (
	"encoding/json"
	"fmt"
)

// request is the union of what a line may hold; Mode selects the reader.
type request struct {
	ID   string `json:"id"`
	Mode string `json:"mode"` // "" or "case", "decode", "match"

	// Mode "case".
	Certificate string            `json:"certificate"` // namespace/name of the one under test
	Now         string            `json:"now"`
	Flags       flags             `json:"flags"`
	Objects     []json.RawMessage `json:"objects"`

	// Mode "decode".
	Kind    string `json:"kind"` // key, certificate, request, keypair
	PEM     []byte `json:"pem"`
	KeyPEM  []byte `json:"keyPem"`
	CertPEM []byte `json:"certificatePem"`

	// Mode "match".
	Spec      json.RawMessage `json:"spec"`
	Request   json.RawMessage `json:"request"`
	Key       []byte          `json:"key"`
	Secret    json.RawMessage `json:"secret"`
	NotBefore string          `json:"notBefore"`
	NotAfter  string          `json:"notAfter"`
}

// flags are the controller flags that a decision can depend on. A release
// that does not know a flag ignores it.
type flags struct {
	MinimumBackoff string          `json:"minimumBackoff"`
	MaximumBackoff string          `json:"maximumBackoff"`
	FeatureGates   map[string]bool `json:"featureGates"`
	PEMLimits      *pemLimits      `json:"pemLimits"`
}

type pemLimits struct {
	Certificate int `json:"certificate"`
	PrivateKey  int `json:"privateKey"`
	Chain       int `json:"chain"`
	Bundle      int `json:"bundle"`
}

// verdict is what a policy chain says. Panic is set instead when it panicked.
type verdict struct {
	Violated bool   `json:"violated"`
	Reason   string `json:"reason"`
	Message  string `json:"message"`
	Panic    string `json:"panic,omitempty"`
	Error    string `json:"error,omitempty"`
}

// readyAnswer is the Ready condition after the readiness controller ran, and
// the times that it wrote.
type readyAnswer struct {
	Status      string  `json:"status"`
	Reason      string  `json:"reason"`
	Message     string  `json:"message"`
	NotBefore   *string `json:"notBefore"`
	NotAfter    *string `json:"notAfter"`
	RenewalTime *string `json:"renewalTime"`
	Panic       string  `json:"panic,omitempty"`
	Error       string  `json:"error,omitempty"`
}

// caseAnswer answers mode "case".
type caseAnswer struct {
	ID      string `json:"id"`
	Release string `json:"release"`
	// Outcome is one of: set, already-issuing, back-off, wait, not-owner,
	// deleting, gather-error, panic, invalid-case.
	Outcome string `json:"outcome"`
	// Reason and Message are those of the Issuing condition that was set.
	Reason  string `json:"reason"`
	Message string `json:"message"`
	// Until is when the controller asked to look at the Certificate again.
	Until *string `json:"until"`
	// Chain is the trigger chain, also where the controller did not get there.
	Chain        *verdict     `json:"chain"`
	Ready        *readyAnswer `json:"ready"`
	RenewalTime  *string      `json:"renewalTime"`
	RenewalError string       `json:"renewalError,omitempty"`
	Events       []string     `json:"events,omitempty"`
	Error        string       `json:"error,omitempty"`
	// Nanoseconds is the time that both controllers took, if asked for.
	Nanoseconds int64 `json:"nanoseconds,omitempty"`
}

type badCase struct {
	ID      string `json:"id"`
	Release string `json:"release"`
	Outcome string `json:"outcome"`
	Error   string `json:"error"`
}

func (j *judge) answer(line []byte) interface{} {
	var req request
	if err := json.Unmarshal(line, &req); err != nil {
		return badCase{Release: j.release, Outcome: "invalid-case", Error: err.Error()}
	}
	var answer interface{}
	var err error
	switch req.Mode {
	case "", "case":
		answer, err = j.judgeCase(&req)
	case "decode":
		answer, err = j.decode(&req)
	case "match":
		answer, err = j.match(&req)
	default:
		err = fmt.Errorf("unknown mode %q", req.Mode)
	}
	if err != nil {
		return badCase{ID: req.ID, Release: j.release, Outcome: "invalid-case", Error: err.Error()}
	}
	return answer
}

// protect runs f and returns the text of a panic, or "".
func protect(f func()) (text string) {
	defer func() {
		if r := recover(); r != nil {
			text = fmt.Sprint(r)
			if text == "" {
				text = "panic"
			}
		}
	}()
	f()
	return ""
}

package main

import (
	"context"
	"fmt"
	"time"

	"github.com/go-logr/logr"

	"github.com/cert-manager/cert-manager/internal/controller/certificates/policies"
	apiutil "github.com/cert-manager/cert-manager/pkg/api/util"
	cmapi "github.com/cert-manager/cert-manager/pkg/apis/certmanager/v1"
	logf "github.com/cert-manager/cert-manager/pkg/logs"
	"github.com/cert-manager/cert-manager/pkg/util/pki"
)

// processFunc is ProcessItem of a controller, whatever the key type of the
// release.
type processFunc func(ctx context.Context, namespace, name string) error

// gatherFunc is DataForCertificate of the release's gatherer.
type gatherFunc func(ctx context.Context, crt *cmapi.Certificate) (policies.Input, error)

// judge runs one release's controllers.
type judge struct {
	release   string
	skipReady bool
	timed     bool

	stage              *stage
	ctx                context.Context
	trigger, readiness policies.Chain
	// plain reads Secrets from one cache, filtered as the gate
	// SecretsFilteredCaching does (nil before 1.12).
	plain, filtered *bench
}

func newJudge(release string, skipReady bool) (*judge, error) {
	j := &judge{release: release, skipReady: skipReady, stage: &stage{}}
	clk := caseClock{stage: j.stage}
	apiutil.Clock = clk
	j.ctx = logf.NewContext(context.Background(), logr.New(logSink{j.stage}))
	j.trigger = policies.NewTriggerPolicyChain(clk)
	j.readiness = policies.NewReadinessPolicyChain(clk)
	var err error
	if j.plain, err = newBench(j, clk, setPlainSecrets); err != nil {
		return nil, err
	}
	if setFilteredSecrets != nil {
		j.filtered, err = newBench(j, clk, setFilteredSecrets)
	}
	return j, err
}

func (j *judge) judgeCase(req *request) (interface{}, error) {
	o, err := readObjects(req)
	if err != nil {
		return nil, err
	}
	j.stage.now, err = time.Parse(time.RFC3339Nano, req.Now)
	if err != nil {
		return nil, fmt.Errorf("now: %v", err)
	}
	undo, err := applyGlobals(req.Flags)
	if err != nil {
		return nil, err
	}
	defer undo()
	b := j.plain
	if j.filtered != nil && filteredSecretsEnabled() {
		b = j.filtered
	}
	process, err := b.triggerController(req.Flags)
	if err != nil {
		return nil, err
	}
	if err := b.load(o); err != nil {
		return nil, err
	}

	a := &caseAnswer{ID: req.ID, Release: j.release}
	start := time.Now()
	b.runTrigger(a, o, process)
	spent := time.Since(start)
	if a.Chain == nil {
		a.Chain = b.runChain(o.certificate)
	}
	if !j.skipReady {
		start = time.Now()
		a.Ready = b.runReadiness(o, req.Flags)
		spent += time.Since(start)
	}
	if j.timed {
		a.Nanoseconds = spent.Nanoseconds()
	}
	j.renewalTime(a, o)
	return a, nil
}

// renewalTime asks RenewalTime about the certificate in the Secret.
func (j *judge) renewalTime(a *caseAnswer, o *objects) {
	for _, s := range o.secrets {
		secret := asSecret(s)
		if secret.Namespace != o.certificate.Namespace || secret.Name != o.certificate.Spec.SecretName {
			continue
		}
		cert, err := pki.DecodeX509CertificateBytes(secret.Data["tls.crt"])
		if err != nil {
			return
		}
		a.RenewalTime, a.RenewalError = renewal(cert.NotBefore, cert.NotAfter, o.certificate.Spec)
	}
}

// renewal is RenewalTime of the release; a panic is told as such.
func renewal(notBefore, notAfter time.Time, spec cmapi.CertificateSpec) (text *string, failure string) {
	panicked := protect(func() {
		t, err := releaseRenewalTime(notBefore, notAfter, spec)
		if err != nil {
			failure = err.Error()
		}
		if t != nil {
			text = timeText(t.Time)
		}
	})
	if panicked != "" {
		p := "panic"
		return &p, panicked
	}
	return text, failure
}

func condition(crt *cmapi.Certificate, t cmapi.CertificateConditionType) *cmapi.CertificateCondition {
	return apiutil.GetCertificateCondition(crt, t)
}

func timeText(t time.Time) *string {
	s := t.UTC().Format(time.RFC3339Nano)
	return &s
}

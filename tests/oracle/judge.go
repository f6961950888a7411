package main

import (
	"context"
	"fmt"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/client-go/tools/cache"

	"github.com/cert-manager/cert-manager/internal/controller/certificates/policies"
	apiutil "github.com/cert-manager/cert-manager/pkg/api/util"
	cmapi "github.com/cert-manager/cert-manager/pkg/apis/certmanager/v1"
	cmmeta "github.com/cert-manager/cert-manager/pkg/apis/meta/v1"
	cminformers "github.com/cert-manager/cert-manager/pkg/client/informers/externalversions"
	controllerpkg "github.com/cert-manager/cert-manager/pkg/controller"
	logf "github.com/cert-manager/cert-manager/pkg/logs"
	"github.com/cert-manager/cert-manager/pkg/util/pki"
)

// processFunc is ProcessItem of a controller, whatever the key type of the
// release.
type processFunc func(ctx context.Context, namespace, name string) error

// gatherFunc is DataForCertificate of the release's gatherer.
type gatherFunc func(ctx context.Context, crt *cmapi.Certificate) (policies.Input, error)

// judge holds one release's controllers on informers that are never started:
// the objects of a case are put into their indexers directly.
type judge struct {
	release   string
	skipReady bool

	stage *stage
	ctx   context.Context
	base  *controllerpkg.Context

	certificates, requests, secrets cache.Indexer

	trigger, readiness chain
	gather             gatherFunc
	processReadiness   processFunc
	// The back-off flags are copied when a controller is made.
	processTrigger map[[2]string]processFunc
}

type chain func(policies.Input) (string, string, bool)

func newJudge(release string, skipReady bool) (*judge, error) {
	j := &judge{release: release, skipReady: skipReady, stage: &stage{}, processTrigger: map[[2]string]processFunc{}}
	clk := caseClock{stage: j.stage}
	apiutil.Clock = clk

	log := logr.New(logSink{j.stage})
	j.ctx = logf.NewContext(context.Background(), log)

	cm := client{stage: j.stage}
	j.base = &controllerpkg.Context{}
	j.base.RootContext = j.ctx
	j.base.CMClient = cm
	j.base.Recorder = recorder{stage: j.stage}
	j.base.SharedInformerFactory = cminformers.NewSharedInformerFactory(cm, 0)
	j.base.Clock = clk
	j.base.FieldManager = "oracle"
	j.secrets = setKubeInformers(j.base)
	v1 := j.base.SharedInformerFactory.Certmanager().V1()
	j.certificates = v1.Certificates().Informer().GetIndexer()
	j.requests = v1.CertificateRequests().Informer().GetIndexer()

	j.trigger = policies.NewTriggerPolicyChain(clk).Evaluate
	j.readiness = policies.NewReadinessPolicyChain(clk).Evaluate
	j.gather = newGatherer(j.base)
	var err error
	j.processReadiness, err = newReadinessController(j.base)
	return j, err
}

// triggerController makes the release's trigger controller with its own chain;
// the chain is only listened to.
func (j *judge) triggerController(f flags) (processFunc, error) {
	key := [2]string{f.MinimumBackoff, f.MaximumBackoff}
	if p, ok := j.processTrigger[key]; ok {
		return p, nil
	}
	if err := setBackOff(j.base, f); err != nil {
		return nil, err
	}
	p, err := newTriggerController(j.base, func(in policies.Input) (string, string, bool) {
		reason, message, violated := j.trigger(in)
		j.stage.seen.verdict = &verdict{Violated: violated, Reason: reason, Message: message}
		return reason, message, violated
	})
	if err != nil {
		return nil, err
	}
	j.processTrigger[key] = p
	return p, nil
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
	process, err := j.triggerController(req.Flags)
	if err != nil {
		return nil, err
	}
	undo, err := applyGlobals(req.Flags)
	if err != nil {
		return nil, err
	}
	defer undo()
	if err := j.load(o); err != nil {
		return nil, err
	}

	a := &caseAnswer{ID: req.ID, Release: j.release}
	j.runTrigger(a, o, process)
	if a.Chain == nil {
		a.Chain = j.runChain(o.certificate, j.trigger)
	}
	if !j.skipReady {
		a.Ready = j.runReadiness(o, req.Flags)
	}
	j.renewalTime(a, o)
	return a, nil
}

func (j *judge) load(o *objects) error {
	if err := j.certificates.Replace(o.certificates, ""); err != nil {
		return err
	}
	if err := j.requests.Replace(o.requests, ""); err != nil {
		return err
	}
	return j.secrets.Replace(o.secrets, "")
}

// call runs a controller once and gives back what it did.
func (j *judge) call(process processFunc, crt *cmapi.Certificate) (seen observed, panicked string, err error) {
	j.stage.seen = observed{}
	panicked = protect(func() { err = process(j.ctx, crt.Namespace, crt.Name) })
	return j.stage.seen, panicked, err
}

func (j *judge) runTrigger(a *caseAnswer, o *objects, process processFunc) {
	seen, panicked, err := j.call(process, o.certificate)
	a.Events = seen.events
	a.Chain = seen.verdict
	if n := len(seen.scheduled); n > 0 {
		a.Until = timeText(j.stage.now.Add(seen.scheduled[n-1]))
	}
	switch {
	case panicked != "":
		a.Outcome, a.Error = "panic", panicked
	case err != nil:
		a.Outcome, a.Error = "gather-error", err.Error()
	case seen.updated != nil:
		a.Outcome = "set"
		if c := condition(seen.updated, cmapi.CertificateConditionIssuing); c != nil {
			a.Reason, a.Message = c.Reason, c.Message
		}
	case seen.backOff:
		a.Outcome = "back-off"
	case seen.notOwner:
		a.Outcome = "not-owner"
	case seen.verdict != nil:
		a.Outcome = "wait"
	default:
		a.Outcome = j.whyStopped(o, process)
	}
}

// whyStopped tells the two silent stops apart by asking once more about a copy
// that is not deleted: it stops again only if an issuance is running, or it is
// deleted and the release looks at that first.
func (j *judge) whyStopped(o *objects, process processFunc) string {
	if o.certificate.DeletionTimestamp == nil {
		return "already-issuing"
	}
	copied := o.certificate.DeepCopy()
	var kept []cmapi.CertificateCondition
	for _, c := range copied.Status.Conditions {
		if c.Type != cmapi.CertificateConditionIssuing {
			kept = append(kept, c)
		}
	}
	copied.Status.Conditions = kept
	if err := j.certificates.Update(copied); err != nil {
		return err.Error()
	}
	seen, panicked, err := j.call(process, copied)
	if uerr := j.certificates.Update(o.certificate); uerr != nil {
		return uerr.Error()
	}
	moved := panicked != "" || err != nil || seen.updated != nil || seen.backOff || seen.notOwner || seen.verdict != nil
	if moved {
		return "already-issuing"
	}
	return "deleting"
}

// runChain is the gatherer and a chain without the controller around them.
func (j *judge) runChain(crt *cmapi.Certificate, c chain) *verdict {
	v := &verdict{}
	v.Panic = protect(func() {
		in, err := j.gather(j.ctx, crt)
		if err != nil {
			v.Error = err.Error()
			return
		}
		v.Reason, v.Message, v.Violated = c(in)
	})
	return v
}

// runReadiness runs the readiness controller, on a copy that is not deleted
// (from 1.18 on it does not look at deleted ones). With ARI on it would ask an
// ACME server, so then only the chain is run.
func (j *judge) runReadiness(o *objects, f flags) *readyAnswer {
	crt := o.certificate
	if f.FeatureGates["ACMEUseARI"] {
		return j.readyByChain(crt)
	}
	if crt.DeletionTimestamp != nil {
		crt = crt.DeepCopy()
		crt.DeletionTimestamp = nil
		if err := j.certificates.Update(crt); err != nil {
			return &readyAnswer{Error: err.Error()}
		}
	}
	seen, panicked, err := j.call(j.processReadiness, crt)
	if panicked != "" {
		return &readyAnswer{Panic: panicked}
	}
	if err != nil {
		return &readyAnswer{Error: err.Error()}
	}
	// Nothing is written when nothing changes.
	if seen.updated != nil {
		crt = seen.updated
	}
	r := &readyAnswer{}
	if c := condition(crt, cmapi.CertificateConditionReady); c != nil {
		r.Status, r.Reason, r.Message = string(c.Status), c.Reason, c.Message
	}
	if t := crt.Status.NotBefore; t != nil {
		r.NotBefore = timeText(t.Time)
	}
	if t := crt.Status.NotAfter; t != nil {
		r.NotAfter = timeText(t.Time)
	}
	if t := crt.Status.RenewalTime; t != nil {
		r.RenewalTime = timeText(t.Time)
	}
	return r
}

func (j *judge) readyByChain(crt *cmapi.Certificate) *readyAnswer {
	v := j.runChain(crt, j.readiness)
	r := &readyAnswer{Status: string(cmmeta.ConditionTrue), Reason: v.Reason, Message: v.Message, Panic: v.Panic, Error: v.Error}
	if v.Violated {
		r.Status = string(cmmeta.ConditionFalse)
	}
	return r
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

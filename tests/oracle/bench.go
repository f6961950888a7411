package main

import (
	"k8s.io/client-go/tools/cache"

	"github.com/cert-manager/cert-manager/internal/controller/certificates/policies"
	cmapi "github.com/cert-manager/cert-manager/pkg/apis/certmanager/v1"
	cminformers "github.com/cert-manager/cert-manager/pkg/client/informers/externalversions"
	controllerpkg "github.com/cert-manager/cert-manager/pkg/controller"
)

// bench holds the controllers on informers that are never started: the objects
// of a case are put into their indexers directly.
type bench struct {
	judge *judge
	base  *controllerpkg.Context

	certificates, requests cache.Indexer
	loadSecrets            func([]interface{}) error

	gather           gatherFunc
	processReadiness processFunc
	// The back-off flags are copied when a controller is made.
	processTrigger map[[2]string]processFunc
}

// secretCache sets the informer factory for Secrets in base and gives back what
// fills its indexers.
type secretCache func(base *controllerpkg.Context) (load func([]interface{}) error)

func newBench(j *judge, clk caseClock, secrets secretCache) (*bench, error) {
	cm := client{stage: j.stage}
	b := &bench{judge: j, base: &controllerpkg.Context{}, processTrigger: map[[2]string]processFunc{}}
	b.base.RootContext = j.ctx
	b.base.CMClient = cm
	b.base.Recorder = recorder{stage: j.stage}
	b.base.SharedInformerFactory = cminformers.NewSharedInformerFactory(cm, 0)
	b.base.Clock = clk
	b.base.FieldManager = "oracle"
	b.loadSecrets = secrets(b.base)
	v1 := b.base.SharedInformerFactory.Certmanager().V1()
	b.certificates = v1.Certificates().Informer().GetIndexer()
	b.requests = v1.CertificateRequests().Informer().GetIndexer()
	b.gather = newGatherer(b.base)
	var err error
	b.processReadiness, err = newReadinessController(b.base)
	return b, err
}

// triggerController makes the release's trigger controller with its own chain;
// the chain is only listened to.
func (b *bench) triggerController(f flags) (processFunc, error) {
	key := [2]string{f.MinimumBackoff, f.MaximumBackoff}
	if p, ok := b.processTrigger[key]; ok {
		return p, nil
	}
	if err := setBackOff(b.base, f); err != nil {
		return nil, err
	}
	p, err := newTriggerController(b.base, func(in policies.Input) (string, string, bool) {
		reason, message, violated := b.judge.trigger.Evaluate(in)
		b.judge.stage.seen.verdict = &verdict{Violated: violated, Reason: reason, Message: message}
		return reason, message, violated
	})
	if err != nil {
		return nil, err
	}
	b.processTrigger[key] = p
	return p, nil
}

func (b *bench) load(o *objects) error {
	if err := b.certificates.Replace(o.certificates, ""); err != nil {
		return err
	}
	if err := b.requests.Replace(o.requests, ""); err != nil {
		return err
	}
	return b.loadSecrets(o.secrets)
}

// call runs a controller once and gives back what it did.
func (b *bench) call(process processFunc, crt *cmapi.Certificate) (seen observed, panicked string, err error) {
	b.judge.stage.seen = observed{}
	panicked = protect(func() { err = process(b.judge.ctx, crt.Namespace, crt.Name) })
	return b.judge.stage.seen, panicked, err
}

func (b *bench) runTrigger(a *caseAnswer, o *objects, process processFunc) {
	seen, panicked, err := b.call(process, o.certificate)
	a.Events = seen.events
	a.Chain = seen.verdict
	if n := len(seen.scheduled); n > 0 {
		a.Until = timeText(b.judge.stage.now.Add(seen.scheduled[n-1]))
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
		a.Outcome = b.whyStopped(o, process)
	}
}

// whyStopped tells the two silent stops apart by asking once more about a copy
// that is not deleted: it stops again only if an issuance is running, or it is
// deleted and the release looks at that first.
func (b *bench) whyStopped(o *objects, process processFunc) string {
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
	if err := b.certificates.Update(copied); err != nil {
		return err.Error()
	}
	seen, panicked, err := b.call(process, copied)
	if uerr := b.certificates.Update(o.certificate); uerr != nil {
		return uerr.Error()
	}
	moved := panicked != "" || err != nil || seen.updated != nil || seen.backOff || seen.notOwner || seen.verdict != nil
	if moved {
		return "already-issuing"
	}
	return "deleting"
}

// runChain is the gatherer and the trigger chain without the controller around
// them.
func (b *bench) runChain(crt *cmapi.Certificate) *verdict {
	v := &verdict{}
	v.Panic = protect(func() {
		in, err := b.gather(b.judge.ctx, crt)
		if err != nil {
			v.Error = err.Error()
			return
		}
		v.Reason, v.Message, v.Violated = b.judge.trigger.Evaluate(in)
	})
	return v
}

// runReadiness runs the readiness controller, on a copy that is not deleted
// (from 1.18 on it does not look at deleted ones). With ARI on it would ask an
// ACME server, so then only the chain is run.
func (b *bench) runReadiness(o *objects, f flags) *readyAnswer {
	crt := o.certificate
	if f.FeatureGates["ACMEUseARI"] {
		return b.readyByChain(crt)
	}
	if crt.DeletionTimestamp != nil {
		crt = crt.DeepCopy()
		crt.DeletionTimestamp = nil
		if err := b.certificates.Update(crt); err != nil {
			return &readyAnswer{Error: err.Error()}
		}
	}
	seen, panicked, err := b.call(b.processReadiness, crt)
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

func (b *bench) readyByChain(crt *cmapi.Certificate) *readyAnswer {
	r := &readyAnswer{}
	r.Panic = protect(func() {
		in, err := b.gather(b.judge.ctx, crt)
		if err != nil {
			r.Error = err.Error()
			return
		}
		c := readyCondition(b.judge.readiness, in)
		r.Status, r.Reason, r.Message = string(c.Status), c.Reason, c.Message
	})
	return r
}

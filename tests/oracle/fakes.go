package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/go-logr/logr"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/tools/record"
	"k8s.io/utils/clock"

	cmapi "github.com/cert-manager/cert-manager/pkg/apis/certmanager/v1"
	cmclient "github.com/cert-manager/cert-manager/pkg/client/clientset/versioned"
	cmtyped "github.com/cert-manager/cert-manager/pkg/client/clientset/versioned/typed/certmanager/v1"
)

// observed is what a controller did during one call of ProcessItem.
type observed struct {
	updated   *cmapi.Certificate // what it wrote with UpdateStatus
	scheduled []time.Duration    // after which delays it asked to be called again
	backOff   bool               // it logged that it backs off
	notOwner  bool               // it logged that another Certificate owns the Secret
	events    []string
	verdict   *verdict // what the chain told it, nil when it did not ask
}

// stage is the world in which the controllers run. Everything that they touch
// besides the listers leads to seen.
type stage struct {
	now  time.Time
	seen observed
}

// Back-off and "another Certificate owns the Secret" leave no trace but a log
// line, so the log is read.
const (
	backOffLine  = "Backing off from issuance due to previously failed issuance(s)."
	notOwnerLine = "refers to the same Secret as other Certificates"
)

type logSink struct{ stage *stage }

func (s logSink) Init(logr.RuntimeInfo)                  {}
func (s logSink) Enabled(int) bool                       { return true }
func (s logSink) Error(error, string, ...interface{})    {}
func (s logSink) WithValues(...interface{}) logr.LogSink { return s }
func (s logSink) WithName(string) logr.LogSink           { return s }
func (s logSink) Info(_ int, line string, _ ...interface{}) {
	if strings.HasPrefix(line, backOffLine) {
		s.stage.seen.backOff = true
	}
	if strings.Contains(line, notOwnerLine) {
		s.stage.seen.notOwner = true
	}
}

// caseClock stands still at the time of the case. Timers fire at once, so that
// the scheduler's goroutine ends; what it adds goes to a queue that was shut
// down.
type caseClock struct {
	clock.RealClock
	stage *stage
}

func (c caseClock) Now() time.Time                  { return c.stage.now }
func (c caseClock) Since(t time.Time) time.Duration { return c.stage.now.Sub(t) }
func (c caseClock) NewTimer(d time.Duration) clock.Timer {
	c.stage.seen.scheduled = append(c.stage.seen.scheduled, d)
	fired := make(chan time.Time)
	close(fired)
	return firedTimer{fired}
}

type firedTimer struct{ c chan time.Time }

func (t firedTimer) C() <-chan time.Time      { return t.c }
func (t firedTimer) Stop() bool               { return false }
func (t firedTimer) Reset(time.Duration) bool { return false }

type recorder struct {
	record.EventRecorder
	stage *stage
}

func (r recorder) Event(_ runtime.Object, kind, reason, message string) {
	r.stage.seen.events = append(r.stage.seen.events, kind+" "+reason+" "+message)
}

func (r recorder) Eventf(o runtime.Object, kind, reason, format string, args ...interface{}) {
	r.Event(o, kind, reason, fmt.Sprintf(format, args...))
}

// client implements the one call that the trigger and readiness controllers
// make; any other call would be a nil dereference and show as a panic.
type client struct {
	cmclient.Interface
	stage *stage
}

func (c client) CertmanagerV1() cmtyped.CertmanagerV1Interface { return group{stage: c.stage} }

type group struct {
	cmtyped.CertmanagerV1Interface
	stage *stage
}

func (g group) Certificates(string) cmtyped.CertificateInterface {
	return certificateClient{stage: g.stage}
}

type certificateClient struct {
	cmtyped.CertificateInterface
	stage *stage
}

func (c certificateClient) UpdateStatus(_ context.Context, crt *cmapi.Certificate, _ metav1.UpdateOptions) (*cmapi.Certificate, error) {
	c.stage.seen.updated = crt
	return crt, nil
}

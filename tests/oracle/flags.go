package main

import (
	"context"
	"fmt"
	"reflect"
	"time"

	"github.com/go-logr/logr"

	controllerpkg "github.com/cert-manager/cert-manager/pkg/controller"
	logf "github.com/cert-manager/cert-manager/pkg/logs"
	utilfeature "github.com/cert-manager/cert-manager/pkg/util/feature"
)

// setBackOff sets the back-off durations of the controller's context: the
// minimum exists from 1.20 on, the maximum from 1.21 on. They are not set by
// themselves here (zero would switch back-off off), so the flag defaults stand
// here too.
func setBackOff(base *controllerpkg.Context, f flags) error {
	durations := []struct {
		field, text string
		standard    time.Duration
	}{
		{"CertificateRequestMinimumBackoffDuration", f.MinimumBackoff, time.Hour},
		{"CertificateRequestMaximumBackoffDuration", f.MaximumBackoff, 32 * time.Hour},
	}
	for _, d := range durations {
		value := d.standard
		if d.text != "" {
			var err error
			if value, err = time.ParseDuration(d.text); err != nil {
				return fmt.Errorf("flags: %v", err)
			}
		}
		if field := reflect.ValueOf(base).Elem().FieldByName(d.field); field.IsValid() {
			field.SetInt(int64(value))
		}
	}
	return nil
}

// applyGlobals sets what cert-manager keeps in package variables; undo puts
// the defaults back.
func applyGlobals(f flags) (undo func(), err error) {
	undo = func() {}
	if f.PEMLimits != nil {
		undo = applyPEMLimits(f.PEMLimits)
	}
	if len(f.FeatureGates) == 0 {
		return undo, nil
	}
	gates := utilfeature.DefaultMutableFeatureGate
	known := gates.GetAll()
	before, wanted := map[string]bool{}, map[string]bool{}
	for name, on := range f.FeatureGates {
		for gate := range known {
			if string(gate) == name {
				before[name], wanted[name] = gates.Enabled(gate), on
			}
		}
	}
	limits := undo
	undo = func() {
		limits()
		_ = gates.SetFromMap(before)
	}
	if err := gates.SetFromMap(wanted); err != nil {
		undo()
		return nil, fmt.Errorf("flags: %v", err)
	}
	return undo, nil
}

func controllerLog(base *controllerpkg.Context) logr.Logger {
	return logf.FromContext(base.RootContext)
}

// byKey adapts ProcessItem of the releases whose key is a string.
func byKey(process func(context.Context, string) error) processFunc {
	return func(ctx context.Context, namespace, name string) error { return process(ctx, namespace+"/"+name) }
}

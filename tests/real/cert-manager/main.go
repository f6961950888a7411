// cert-manager's controllers or its webhook, as plain processes:
//
//	cm controller --kubeconfig FILE [--cluster-resource-namespace NS] [--enable-certificate-owner-ref] [--feature-gates …]
//	cm webhook --kubeconfig FILE --tls-cert-file FILE --tls-private-key-file FILE --secure-port PORT
//
// cert-manager's own programs are modules that cannot be required; what they are made of can.
// The webhook's server is internal to cert-manager, hence the name of this module.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"k8s.io/klog/v2"

	logf "github.com/cert-manager/cert-manager/pkg/logs"
)

var components = map[string]func(context.Context, []string) error{
	"controller": controllers,
	"webhook":    webhook,
}

func main() {
	if len(os.Args) < 2 || components[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "usage: cm controller|webhook FLAGS…")
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	ctx = logf.NewContext(ctx, klog.Background())
	if err := components[os.Args[1]](ctx, os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// Not the common flag set: a dependency has put a --kubeconfig of its own there.
func newFlags(name string) *flag.FlagSet {
	return flag.NewFlagSet(name, flag.ExitOnError)
}

package main

import (
	"context"

	internal "github.com/cert-manager/cert-manager/internal/apis/config/webhook"
	server "github.com/cert-manager/cert-manager/internal/webhook"
	logf "github.com/cert-manager/cert-manager/pkg/logs"
)

// webhook serves admission on all addresses (cert-manager's server cannot be told otherwise), until the context ends.
func webhook(ctx context.Context, args []string) error {
	flags := newFlags("webhook")
	kubeconfig := flags.String("kubeconfig", "", "path of a kubeconfig")
	certificate := flags.String("tls-cert-file", "", "serving certificate")
	key := flags.String("tls-private-key-file", "", "its key")
	port := flags.Int("secure-port", 10250, "where it serves")
	_ = flags.Parse(args)

	configuration := internal.WebhookConfiguration{
		KubeConfig:           *kubeconfig,
		SecurePort:           int32(*port),
		HealthzPort:          int32(*port) + 1,
		MetricsListenAddress: "0",
	}
	configuration.TLSConfig.Filesystem.CertFile = *certificate
	configuration.TLSConfig.Filesystem.KeyFile = *key
	webhook, err := server.NewCertManagerWebhookServer(logf.FromContext(ctx), configuration)
	if err != nil {
		return err
	}
	return webhook.Run(ctx)
}

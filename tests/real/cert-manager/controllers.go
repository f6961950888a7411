package main

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/cert-manager/cert-manager/pkg/controller"
	_ "github.com/cert-manager/cert-manager/pkg/controller/acmechallenges"
	_ "github.com/cert-manager/cert-manager/pkg/controller/acmeorders"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificate-shim/ingresses"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificaterequests/acme"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificaterequests/approver"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificaterequests/ca"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificaterequests/selfsigned"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/issuing"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/keymanager"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/readiness"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/requestmanager"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/revisionmanager"
	_ "github.com/cert-manager/cert-manager/pkg/controller/certificates/trigger"
	_ "github.com/cert-manager/cert-manager/pkg/controller/clusterissuers"
	_ "github.com/cert-manager/cert-manager/pkg/controller/issuers"
	_ "github.com/cert-manager/cert-manager/pkg/issuer/acme"
	_ "github.com/cert-manager/cert-manager/pkg/issuer/ca"
	_ "github.com/cert-manager/cert-manager/pkg/issuer/selfsigned"
	utilfeature "github.com/cert-manager/cert-manager/pkg/util/feature"
)

// Workers of each controller, as cert-manager's own default.
const workers = 5

// controllers runs every controller that the imports above registered, until the context ends.
func controllers(ctx context.Context, args []string) error {
	flags := newFlags("controller")
	kubeconfig := flags.String("kubeconfig", "", "path of a kubeconfig")
	namespace := flags.String("cluster-resource-namespace", "cert-manager", "where the Secrets of ClusterIssuers are")
	ownerRef := flags.Bool("enable-certificate-owner-ref", false, "Certificates own their Secrets")
	gates := flags.String("feature-gates", "", "NAME=true,…")
	gateway := flags.Bool("enable-gateway-api", false, "Certificates for Gateways")
	sets := flags.Bool("enable-gateway-api-listenerset", false, "Certificates for ListenerSets")
	_ = flags.Parse(args)
	if *gates != "" {
		if err := utilfeature.DefaultMutableFeatureGate.Set(*gates); err != nil {
			return err
		}
	}

	options := defaults()
	options.Kubeconfig = *kubeconfig
	options.ClusterResourceNamespace = *namespace
	options.EnableOwnerRef = *ownerRef
	options.KubernetesAPIQPS = 20
	options.KubernetesAPIBurst = 50
	options.MaxConcurrentChallenges = 60
	options.DefaultIssuerKind = "Issuer"
	options.DefaultIssuerGroup = "cert-manager.io"
	options.DefaultAutoCertificateAnnotations = []string{"kubernetes.io/tls-acme"}
	options.CopiedAnnotationPrefixes = strings.Split("*,-kubectl.kubernetes.io/,-fluxcd.io/,-argocd.argoproj.io/", ",")

	gatewayFlags(&options, *gateway, *sets)

	factory, err := controller.NewContextFactory(ctx, options)
	if err != nil {
		return err
	}
	return run(ctx, factory, options)
}

func run(ctx context.Context, factory *controller.ContextFactory, options controller.ContextOptions) error {
	var all sync.WaitGroup
	for name, build := range controller.Known() {
		if !wanted(name, options) {
			continue
		}
		component, err := build(factory)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		all.Add(1)
		go func() {
			defer all.Done()
			if err := component.Run(workers, ctx); err != nil {
				fmt.Printf("%s: %v\n", name, err)
			}
		}()
	}
	shared, err := factory.Build()
	if err != nil {
		return err
	}
	shared.SharedInformerFactory.Start(ctx.Done())
	shared.KubeSharedInformerFactory.Start(ctx.Done())
	shared.HTTP01ResourceMetadataInformersFactory.Start(ctx.Done())
	if options.EnableGatewayAPI {
		shared.GWShared.Start(ctx.Done())
	}
	<-ctx.Done()
	all.Wait()
	return nil
}

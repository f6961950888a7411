//go:build cm12
// +build cm12

package main

import (
	"k8s.io/client-go/tools/cache"

	"github.com/cert-manager/cert-manager/internal/controller/certificates/policies"
	internalinformers "github.com/cert-manager/cert-manager/internal/informers"
	controllerpkg "github.com/cert-manager/cert-manager/pkg/controller"
)

// From 1.12 on the Secret informer is wrapped. The plain one is used, not the
// one of the gate SecretsFilteredCaching: that one needs a running watch.
func setKubeInformers(base *controllerpkg.Context) cache.Indexer {
	base.KubeSharedInformerFactory = internalinformers.NewBaseKubeInformerFactory(nil, 0, "")
	informer := base.KubeSharedInformerFactory.Secrets().Informer()
	return informer.(cache.SharedIndexInformer).GetIndexer()
}

func newGatherer(base *controllerpkg.Context) gatherFunc {
	return (&policies.Gatherer{
		CertificateRequestLister: base.SharedInformerFactory.Certmanager().V1().CertificateRequests().Lister(),
		SecretLister:             base.KubeSharedInformerFactory.Secrets().Lister(),
	}).DataForCertificate
}

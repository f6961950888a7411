//go:build !cm12
// +build !cm12

package main

import (
	kubeinformers "k8s.io/client-go/informers"

	"github.com/cert-manager/cert-manager/internal/controller/certificates/policies"
	controllerpkg "github.com/cert-manager/cert-manager/pkg/controller"
	"github.com/cert-manager/cert-manager/pkg/controller/certificates/trigger"
)

// Up to 1.11 the Secret informer is client-go's.
func setPlainSecrets(base *controllerpkg.Context) func([]interface{}) error {
	base.KubeSharedInformerFactory = kubeinformers.NewSharedInformerFactory(nil, 0)
	indexer := base.KubeSharedInformerFactory.Core().V1().Secrets().Informer().GetIndexer()
	return func(secrets []interface{}) error { return indexer.Replace(secrets, "") }
}

var setFilteredSecrets secretCache

func filteredSecretsEnabled() bool { return false }

func newGatherer(base *controllerpkg.Context) gatherFunc {
	return (&policies.Gatherer{
		CertificateRequestLister: base.SharedInformerFactory.Certmanager().V1().CertificateRequests().Lister(),
		SecretLister:             base.KubeSharedInformerFactory.Core().V1().Secrets().Lister(),
	}).DataForCertificate
}

func newTriggerController(base *controllerpkg.Context, reissue policies.Func) (processFunc, error) {
	c, queue, _ := trigger.NewController(controllerLog(base), base.CMClient, base.KubeSharedInformerFactory,
		base.SharedInformerFactory, base.Recorder, base.Clock, reissue, base.FieldManager)
	queue.ShutDown()
	return byKey(c.ProcessItem), nil
}

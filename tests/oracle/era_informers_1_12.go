//go:build cm12
// +build cm12

package main

import (
	"context"
	"reflect"
	"unsafe"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/kubernetes"
	typedcorev1 "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/tools/cache"

	"github.com/cert-manager/cert-manager/internal/controller/certificates/policies"
	"github.com/cert-manager/cert-manager/internal/controller/feature"
	internalinformers "github.com/cert-manager/cert-manager/internal/informers"
	controllerpkg "github.com/cert-manager/cert-manager/pkg/controller"
	utilfeature "github.com/cert-manager/cert-manager/pkg/util/feature"
)

// From 1.12 on the Secret informer is wrapped.
func setPlainSecrets(base *controllerpkg.Context) func([]interface{}) error {
	base.KubeSharedInformerFactory = internalinformers.NewBaseKubeInformerFactory(nil, 0, "")
	informer := base.KubeSharedInformerFactory.Secrets().Informer()
	indexer := informer.(cache.SharedIndexInformer).GetIndexer()
	return func(secrets []interface{}) error { return indexer.Replace(secrets, "") }
}

func filteredSecretsEnabled() bool {
	return utilfeature.DefaultFeatureGate.Enabled(feature.SecretsFilteredCaching)
}

// The selectors with which the two caches are listed are cert-manager's own;
// they are package variables and reached by their linker names.
//
//go:linkname fullSelector github.com/cert-manager/cert-manager/internal/informers.isCertManageSecretLabelSelector
var fullSelector labels.Selector

//go:linkname metadataSelector github.com/cert-manager/cert-manager/internal/informers.isNotCertManagerSecretLabelSelector
var metadataSelector labels.Selector

// setFilteredSecrets takes the caches of the gate SecretsFilteredCaching. What
// the API server would have put into them is put there by the same selectors;
// its lister reads Secrets without the label from the API server.
var setFilteredSecrets secretCache = func(base *controllerpkg.Context) func([]interface{}) error {
	server := &secretServer{}
	base.KubeSharedInformerFactory = internalinformers.NewFilteredSecretsKubeInformerFactory(base.RootContext, server, nil, 0, "")
	informer := base.KubeSharedInformerFactory.Secrets().Informer()
	full, metadata := innerIndexer(informer, "typedInformer"), innerIndexer(informer, "metadataInformer")
	return func(secrets []interface{}) error {
		server.secrets = secrets
		var whole, names []interface{}
		for _, s := range secrets {
			secret := asSecret(s)
			if fullSelector.Matches(labels.Set(secret.Labels)) {
				whole = append(whole, secret)
			}
			if metadataSelector.Matches(labels.Set(secret.Labels)) {
				names = append(names, &metav1.PartialObjectMetadata{
					ObjectMeta: metav1.ObjectMeta{Namespace: secret.Namespace, Name: secret.Name},
				})
			}
		}
		if err := full.Replace(whole, ""); err != nil {
			return err
		}
		return metadata.Replace(names, "")
	}
}

// innerIndexer reads a private field, since the two informers inside the
// wrapper are meant to be filled by a watch.
func innerIndexer(informer internalinformers.Informer, field string) cache.Indexer {
	f := reflect.ValueOf(informer).Elem().FieldByName(field)
	inner := reflect.NewAt(f.Type(), unsafe.Pointer(f.UnsafeAddr())).Elem().Interface()
	return inner.(cache.SharedIndexInformer).GetIndexer()
}

// secretServer is the API server for one call: a GET of a Secret.
type secretServer struct {
	kubernetes.Interface
	secrets []interface{}
}

func (s *secretServer) CoreV1() typedcorev1.CoreV1Interface { return core{server: s} }

type core struct {
	typedcorev1.CoreV1Interface
	server *secretServer
}

func (c core) Secrets(namespace string) typedcorev1.SecretInterface {
	return secretGetter{server: c.server, namespace: namespace}
}

type secretGetter struct {
	typedcorev1.SecretInterface
	server    *secretServer
	namespace string
}

func (g secretGetter) Get(_ context.Context, name string, _ metav1.GetOptions) (*corev1.Secret, error) {
	for _, s := range g.server.secrets {
		if secret := asSecret(s); secret.Namespace == g.namespace && secret.Name == name {
			return secret, nil
		}
	}
	return nil, apierrors.NewNotFound(corev1.Resource("secrets"), name)
}

func newGatherer(base *controllerpkg.Context) gatherFunc {
	return (&policies.Gatherer{
		CertificateRequestLister: base.SharedInformerFactory.Certmanager().V1().CertificateRequests().Lister(),
		SecretLister:             base.KubeSharedInformerFactory.Secrets().Lister(),
	}).DataForCertificate
}

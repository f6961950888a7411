// Puts the objects of a kubectl dump into an etcd the way an API server stores
// them: Kubernetes' own kinds as protobuf, custom resources and their
// definitions as JSON. Around them it leaves what an etcd holds of a cluster's
// past: older revisions, deleted objects, and values that are encrypted at rest.
//
//	etcd-fixture ENDPOINT < dump.yaml
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer/protobuf"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"sigs.k8s.io/yaml"
)

// Every so many objects one was something else before.
const changedOnce = 5

var (
	scheme     = runtime.NewScheme()
	serializer = protobuf.NewSerializer(scheme, scheme)
	endpoint   string
)

func main() {
	log.SetFlags(0)
	if len(os.Args) != 2 {
		log.Fatal("usage: etcd-fixture ENDPOINT < dump.yaml")
	}
	endpoint = os.Args[1]
	utilruntime.Must(corev1.AddToScheme(scheme))
	utilruntime.Must(appsv1.AddToScheme(scheme))
	utilruntime.Must(networkingv1.AddToScheme(scheme))

	objects := read(os.Stdin)
	for i := range objects {
		if i%changedOnce == 0 {
			put(key(&objects[i]), stored(earlier(&objects[i])))
		}
	}
	deleted()
	for i := range objects {
		put(key(&objects[i]), stored(&objects[i]))
	}
	encrypted()
}

func read(from io.Reader) []unstructured.Unstructured {
	text, err := io.ReadAll(from)
	utilruntime.Must(err)
	text, err = yaml.YAMLToJSON(text)
	utilruntime.Must(err)
	list := unstructured.UnstructuredList{}
	utilruntime.Must(list.UnmarshalJSON(text))
	return list.Items
}

// key is where an API server keeps an object
// (pkg/kubeapiserver/default_storage_factory_builder.go).
func key(object *unstructured.Unstructured) string {
	gvk := object.GroupVersionKind()
	folder := strings.ToLower(gvk.Kind) + "s"
	switch {
	case gvk.Kind == "Ingress":
		folder = "ingress"
	case gvk.Group != "" && gvk.Group != "apps":
		folder = gvk.Group + "/" + folder
	}
	parts := []string{"/registry", folder}
	if object.GetNamespace() != "" {
		parts = append(parts, object.GetNamespace())
	}
	return strings.Join(append(parts, object.GetName()), "/")
}

// stored is what an API server writes for an object.
func stored(object *unstructured.Unstructured) []byte {
	object = object.DeepCopy()
	// It is the revision of the key, and never in the value.
	object.SetResourceVersion("")
	gvk := object.GroupVersionKind()
	typed, err := scheme.New(gvk)
	if err != nil {
		text, err := json.Marshal(object.Object)
		utilruntime.Must(err)
		return append(text, '\n')
	}
	utilruntime.Must(runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, typed))
	typed.GetObjectKind().SetGroupVersionKind(gvk)
	var buffer bytes.Buffer
	utilruntime.Must(serializer.Encode(typed, &buffer))
	return buffer.Bytes()
}

// earlier is an object as it might have been before: another one would be
// judged otherwise.
func earlier(object *unstructured.Unstructured) *unstructured.Unstructured {
	object = object.DeepCopy()
	delete(object.Object, "data")
	delete(object.Object, "status")
	object.SetAnnotations(nil)
	object.SetLabels(map[string]string{"earlier": "true"})
	return object
}

// deleted leaves objects that are no more, one of which was made again and
// deleted again.
func deleted() {
	gone := certificate("shop", "gone")
	secret := &unstructured.Unstructured{}
	secret.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Secret"))
	secret.SetNamespace("shop")
	secret.SetName("gone-tls")
	for range 2 {
		for _, object := range []*unstructured.Unstructured{gone, secret} {
			put(key(object), stored(object))
			etcdctl(nil, "del", key(object))
		}
	}
}

// encrypted puts Certificates whose Secrets are encrypted at rest, by each
// provider that an EncryptionConfiguration knows, and one object in CBOR. None
// of the values is more than its prefix and noise.
func encrypted() {
	namespace := &unstructured.Unstructured{}
	namespace.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Namespace"))
	namespace.SetName("sealed")
	put(key(namespace), stored(namespace))
	for _, row := range [][2]string{
		{"aescbc", "k8s:enc:aescbc:v1:key1:"},
		{"aesgcm", "k8s:enc:aesgcm:v1:key1:"},
		{"secretbox", "k8s:enc:secretbox:v1:key1:"},
		{"kms-v1", "k8s:enc:kms:v1:plugin:"},
		{"kms-v2", "k8s:enc:kms:v2:plugin:"},
	} {
		name, prefix := row[0], row[1]
		object := certificate("sealed", name)
		put(key(object), stored(object))
		put("/registry/secrets/sealed/"+name+"-tls", append([]byte(prefix), 0x00, 0xff, 0x0a, 0x80))
	}
	put("/registry/cert-manager.io/certificates/sealed/cbor", []byte{0xd9, 0xd9, 0xf7, 0xa0})
	put("/registry/pods/sealed/web-0", append([]byte("k8s:enc:aescbc:v1:key1:"), 0x00, 0xff))
}

func certificate(namespace, name string) *unstructured.Unstructured {
	object := &unstructured.Unstructured{Object: map[string]any{"spec": map[string]any{
		"secretName": name + "-tls",
		"dnsNames":   []any{name + ".example.com"},
		"issuerRef":  map[string]any{"name": "ca"},
	}}}
	object.SetGroupVersionKind(schema.GroupVersionKind{Group: "cert-manager.io", Version: "v1", Kind: "Certificate"})
	object.SetNamespace(namespace)
	object.SetName(name)
	object.SetUID("11111111-2222-3333-4444-555555555555")
	object.SetCreationTimestamp(metav1.Unix(1_700_000_000, 0))
	return object
}

func put(key string, value []byte) {
	etcdctl(value, "put", key)
}

func etcdctl(input []byte, arguments ...string) {
	command := exec.Command("etcdctl", append([]string{"--endpoints", endpoint}, arguments...)...)
	command.Env = append(os.Environ(), "ETCDCTL_API=3")
	command.Stdin = bytes.NewReader(input)
	if output, err := command.CombinedOutput(); err != nil {
		log.Fatal(fmt.Errorf("etcdctl %v: %w: %s", arguments, err, output))
	}
}

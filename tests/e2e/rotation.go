package e2e

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/clientcmd"

	"evroc.com/cluster-api-provider-evroc/tests/testenv"
)

// NewToken returns another token of the shim's account.
func (f *Fixture) NewToken() string {
	f.T.Helper()
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{
		Namespace: testenv.ShimNamespace, Name: testenv.ShimAccount}}
	request := &authenticationv1.TokenRequest{}
	f.Do(f.Client.SubResource("token").Create(f.T.Context(), account, request))
	return request.Status.Token
}

// Rotate writes that token into the shim's kubeconfig, which is replaced as a
// whole.
func (f *Fixture) Rotate(token string) {
	f.T.Helper()
	config, err := clientcmd.LoadFromFile(f.kubeconfig)
	f.Do(err)
	for _, user := range config.AuthInfos {
		user.Token = token
	}
	next := f.kubeconfig + ".next"
	f.Do(clientcmd.WriteToFile(*config, next))
	f.Do(os.Rename(next, f.kubeconfig))
}

// Ready returns an error with what /readyz of the shim says unless that is OK.
func (f *Fixture) Ready(ctx context.Context) error {
	return f.page(ctx, "readyz")
}

// Alive is the same for /healthz.
func (f *Fixture) Alive(ctx context.Context) error {
	return f.page(ctx, "healthz")
}

func (f *Fixture) page(ctx context.Context, path string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet,
		fmt.Sprintf("http://%s/%s", f.Address(Shim), path), nil)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	return Both(err, That(answer.StatusCode == http.StatusOK, "%s: %d %s", path,
		answer.StatusCode, strings.TrimSpace(string(body))))
}

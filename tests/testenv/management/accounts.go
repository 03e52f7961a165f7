package management

import (
	"context"
	"fmt"
	"path/filepath"

	authenticationv1 "k8s.io/api/authentication/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd/api"
	"k8s.io/utils/ptr"
)

// tokenSeconds is the validity of a service account's token.
const tokenSeconds = 24 * 60 * 60

// ServiceAccountKubeconfig writes a kubeconfig with a token of the service
// account and returns its path. It waits until the account has the rights of
// the applied manifests, so that a later "forbidden" shows a missing right.
func (m *Management) ServiceAccountKubeconfig(ctx context.Context,
	namespace, name string) (string, error) {
	token, err := m.token(ctx, namespace, name)
	if err != nil {
		return "", err
	}
	path := filepath.Join(m.files.kubeconfigs, namespace+"-"+name)
	return path, m.writeKubeconfig(path, namespace, api.AuthInfo{Token: token})
}

// ServiceAccountConfig returns the same for a client in this process.
func (m *Management) ServiceAccountConfig(ctx context.Context,
	namespace, name string) (*rest.Config, error) {
	token, err := m.token(ctx, namespace, name)
	if err != nil {
		return nil, err
	}
	config := rest.AnonymousClientConfig(m.config)
	config.BearerToken = token
	return config, nil
}

func (m *Management) token(ctx context.Context, namespace, name string) (
	string, error) {
	if err := m.awaitRights(ctx, namespace, name); err != nil {
		return "", fmt.Errorf("rights of %s/%s: %w", namespace, name, err)
	}
	request := &authenticationv1.TokenRequest{
		Spec: authenticationv1.TokenRequestSpec{
			ExpirationSeconds: ptr.To[int64](tokenSeconds)}}
	answer, err := m.clients.typed.CoreV1().ServiceAccounts(namespace).
		CreateToken(ctx, name, request, metav1.CreateOptions{})
	if err != nil {
		return "", fmt.Errorf("a token for %s/%s: %w", namespace, name, err)
	}
	return answer.Status.Token, nil
}

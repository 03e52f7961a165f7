package management

import (
	"context"
	"fmt"
	"strings"

	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"

	"evroc.com/cluster-api-provider-evroc/tests/testenv/binaries"
	"evroc.com/cluster-api-provider-evroc/tests/testenv/ports"
	"evroc.com/cluster-api-provider-evroc/tests/testenv/process"
)

// controllers are the controllers of kube-controller-manager that Cluster API
// needs. Its managers get their rights by the aggregation of cluster roles.
var controllers = []string{
	"clusterrole-aggregation-controller",
	"garbage-collector-controller",
	"namespace-controller",
	"serviceaccount-controller",
	"validatingadmissionpolicy-status-controller",
}

func loopback(port int) string { return fmt.Sprintf("127.0.0.1:%d", port) }

func (m *Management) newClients() (err error) {
	if m.clients.typed, err = kubernetes.NewForConfig(m.config); err != nil {
		return err
	}
	m.clients.dynamic, err = dynamic.NewForConfig(m.config)
	return err
}

func (m *Management) startAPI(ctx context.Context) error {
	found, err := ports.Free(2)
	if err != nil {
		return err
	}
	client, peer := "http://"+loopback(found[0]), "http://"+loopback(found[1])
	m.etcd, err = process.Start(process.Options{
		Path: m.options.Binaries.Path(binaries.Etcd),
		Args: []string{
			"--data-dir=" + m.files.data,
			"--listen-client-urls=" + client,
			"--advertise-client-urls=" + client,
			"--listen-peer-urls=" + peer,
			"--initial-advertise-peer-urls=" + peer,
			"--initial-cluster=default=" + peer,
			"--unsafe-no-fsync",
		},
		Log: m.log(binaries.Etcd),
	})
	if err != nil {
		return err
	}
	m.files.etcd = client
	return m.StartAPIServer(ctx)
}

func (m *Management) apiServerProcess() process.Options {
	host, port, _ := strings.Cut(m.address, ":")
	arguments := []string{
		"--etcd-servers=" + m.files.etcd,
		"--bind-address=" + host,
		"--secure-port=" + port,
		// No client uses the Service of the API here.
		"--endpoint-reconciler-type=none",
		"--service-cluster-ip-range=10.0.0.0/24",
		"--tls-cert-file=" + m.files.serverCertificate,
		"--tls-private-key-file=" + m.files.serverKey,
		"--client-ca-file=" + m.files.authority,
		"--service-account-key-file=" + m.files.accountPublicKey,
		"--service-account-signing-key-file=" + m.files.accountKey,
		"--service-account-issuer=https://kubernetes.default.svc",
		"--authorization-mode=RBAC",
		"--enable-admission-plugins=OwnerReferencesPermissionEnforcement",
		// It is for pods only, and there are none here.
		"--disable-admission-plugins=ServiceAccount",
		"--allow-privileged",
	}
	if m.options.Audit {
		arguments = append(arguments, "--audit-policy-file="+m.files.audit,
			"--audit-log-path="+m.files.auditLog)
	}
	return process.Options{
		Path: m.options.Binaries.Path(binaries.APIServer),
		Args: arguments,
		// Below the limit memory is spent rather than time.
		Env: []string{"GOMEMLIMIT=" + m.options.APIServerMemory, "GOGC=300"},
		Log: m.log(binaries.APIServer),
	}
}

// ready asks the API server whether it is ready.
func (m *Management) ready(ctx context.Context) error {
	return m.clients.typed.Discovery().RESTClient().
		Get().AbsPath("/readyz").Do(ctx).Error()
}

func (m *Management) startControllerManager(context.Context) error {
	_, err := m.launch(process.Options{
		Path: m.options.Binaries.Path(binaries.ControllerManager),
		Args: []string{
			"--kubeconfig=" + m.files.controllerManagerKubeconfig,
			"--leader-elect=false",
			"--secure-port=0",
			"--service-account-private-key-file=" + m.files.accountKey,
			"--root-ca-file=" + m.files.authority,
			// Without it the garbage collector can't read custom resources, and the
			// objects of a deleted Cluster stay for ever.
			"--use-service-account-credentials=true",
			"--controllers=" + strings.Join(controllers, ","),
		},
		Log: m.log(binaries.ControllerManager),
	})
	return err
}

package userdata

import (
	"fmt"
	"sort"
	"strings"

	bootstrapv1 "evroc.com/cluster-api-provider-evroc/tests/testenv/rke2/api/bootstrap/v1beta2"
	controlplanev1 "evroc.com/cluster-api-provider-evroc/tests/testenv/rke2/api/controlplane/v1beta2"
)

// options is RKE2's config.yaml. Empty values are omitted, since RKE2 has a
// default for each option.
type options map[string]any

func (o options) text(key, value string) {
	if value != "" {
		o[key] = value
	}
}

func (o options) flag(key string, value bool) {
	if value {
		o[key] = true
	}
}

func (o options) list(key string, values []string) {
	if len(values) > 0 {
		o[key] = values
	}
}

// component adds the options of one of Kubernetes' programs.
func (o options) component(name string, c *bootstrapv1.ComponentConfig) {
	if c == nil {
		return
	}
	o.list(name+"-arg", c.ExtraArgs)
	o.text(name+"-image", c.OverrideImage)
	o.environment(name, c)
}

// environment adds the part of a component that even the cloud controller has.
func (o options) environment(name string, c *bootstrapv1.ComponentConfig) {
	if c == nil {
		return
	}
	o.list(name+"-extra-env", pairs(c.ExtraEnv, "="))
	o.list(name+"-extra-mount", pairs(c.ExtraMounts, ":"))
}

func pairs(values map[string]string, separator string) []string {
	joined := make([]string, 0, len(values))
	for key, value := range values {
		if key != "" {
			joined = append(joined, key+separator+value)
		}
	}
	sort.Strings(joined)
	return joined
}

// configYAML returns the options of the node.
func (n Node) configYAML() options {
	o := options{}
	if n.Role != Agent {
		n.serverOptions(o)
	}
	n.agentOptions(o)
	o.text("token", n.Token)
	if n.Role != InitServer {
		o["server"] = fmt.Sprintf("https://%s:%d", bracketed(n.ServerHost), JoinPort)
	}
	return o
}

// bracketed puts an IPv6 address into brackets.
func bracketed(host string) string {
	if strings.Contains(host, ":") && !strings.HasPrefix(host, "[") {
		return "[" + host + "]"
	}
	return host
}

func (n Node) agentOptions(o options) {
	a := n.Spec.AgentConfig
	o.text("cloud-provider-name", n.CloudProviderName)
	if n.CloudProviderConfig != "" {
		o["cloud-provider-config"] = cloudProviderConfigPath
	}
	o.text("container-runtime-endpoint", a.ContainerRuntimeEndpoint)
	o.text("data-dir", a.DataDir)
	if a.Kubelet != nil {
		o.list("kubelet-arg", a.Kubelet.ExtraArgs)
	}
	o.component("kube-proxy", a.KubeProxy)
	o.text("kubelet-path", a.KubeletPath)
	if a.LoadBalancerPort != 0 {
		o["lb-server-port"] = a.LoadBalancerPort
	}
	o.list("node-label", a.NodeLabels)
	o.list("node-taint", a.NodeTaints)
	o.flag("protect-kernel-defaults", a.ProtectKernelDefaults)
	o.text("pod-security-admission-config-file", a.PodSecurityAdmissionConfigFile)
	if n.ResolvConf != "" {
		o["resolv-conf"] = resolvConfPath
	}
	o.text("runtime-image", a.RuntimeImage)
	o.flag("selinux", a.EnableContainerdSElinux)
	o.text("snapshotter", a.Snapshotter)
	o.text("system-default-registry", a.SystemDefaultRegistry)
}

func (n Node) serverOptions(o options) {
	s := n.Server
	o.text("advertise-address", s.AdvertiseAddress)
	if n.AuditPolicy != "" {
		o["audit-policy-file"] = auditPolicyPath
	}
	o.text("bind-address", s.BindAddress)
	o.list("cni", networkPlugins(s))
	o.text("cluster-cidr", strings.Join(n.PodBlocks, ","))
	o.text("service-cidr", strings.Join(n.ServiceBlocks, ","))
	o.text("cluster-dns", s.ClusterDNS)
	o.text("cluster-domain", s.ClusterDomain)
	o.text("service-node-port-range", s.ServiceNodePortRange)
	o.list("tls-san", append(append([]string{}, s.TLSSan...), n.EndpointHost))
	o.flag("embedded-registry", s.EmbeddedRegistry)
	o.disabled(s.DisableComponents)
	o.component("kube-apiserver", s.KubeAPIServer)
	o.component("kube-controller-manager", s.KubeControllerManager)
	o.component("kube-scheduler", s.KubeScheduler)
	o.environment("cloud-controller-manager", s.CloudControllerManager)
	o.etcd(s.Etcd)
}

func networkPlugins(s controlplanev1.RKE2ServerConfig) []string {
	var plugins []string
	if s.CNIMultusEnable {
		plugins = append(plugins, "multus")
	}
	if s.CNI != "" {
		plugins = append(plugins, s.CNI)
	}
	return plugins
}

func (o options) disabled(d controlplanev1.DisableComponents) {
	switches := map[controlplanev1.KubernetesComponent]string{
		controlplanev1.Scheduler:       "disable-scheduler",
		controlplanev1.KubeProxy:       "disable-kube-proxy",
		controlplanev1.CloudController: "disable-cloud-controller",
	}
	for _, component := range d.KubernetesComponents {
		if key, known := switches[component]; known {
			o[key] = true
		}
	}
	plugins := make([]string, 0, len(d.PluginComponents))
	for _, plugin := range d.PluginComponents {
		plugins = append(plugins, string(plugin))
	}
	o.list("disable", plugins)
}

func (o options) etcd(e controlplanev1.EtcdConfig) {
	o.flag("etcd-expose-metrics", e.ExposeMetrics)
	if e.BackupConfig.DisableAutomaticSnapshots != nil {
		o["etcd-disable-snapshots"] = *e.BackupConfig.DisableAutomaticSnapshots
	}
	o.text("etcd-snapshot-name", e.BackupConfig.SnapshotName)
	o.text("etcd-snapshot-schedule-cron", e.BackupConfig.ScheduleCron)
	o.text("etcd-snapshot-retention", e.BackupConfig.Retention)
	o.text("etcd-snapshot-dir", e.BackupConfig.Directory)
	o.component("etcd", e.CustomConfig)
}

package workload

import (
	"context"
	"math/rand/v2"
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"
	cloudv1 "sigs.k8s.io/cluster-api/test/infrastructure/inmemory/pkg/cloud/api/v1alpha1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// The annotations of the etcd pods represent the etcd cluster. They change one
// after the other: cluster.changing allows only one member to be added or
// removed at a time.

// etcdPods returns the pods of the current etcd members.
func (cl *cluster) etcdPods(ctx context.Context) ([]corev1.Pod, error) {
	pods, err := listInto[corev1.Pod](ctx, cl.store, "Pod", client.InNamespace(kubeSystem),
		client.MatchingLabels{"component": "etcd", "tier": "control-plane"})
	if err != nil {
		return nil, err
	}
	var members []corev1.Pod
	for _, pod := range pods {
		if _, removed := pod.Annotations[cloudv1.EtcdMemberRemoved]; !removed {
			members = append(members, pod)
		}
	}
	return members, nil
}

// leaderOf returns the index of the member that became leader last, or -1.
func leaderOf(members []corev1.Pod) int {
	leader, from := -1, time.Time{}
	for i, pod := range members {
		since, err := time.Parse(time.RFC3339, pod.Annotations[cloudv1.EtcdLeaderFromAnnotationName])
		if err == nil && since.After(from) {
			leader, from = i, since
		}
	}
	return leader
}

func now() string { return time.Now().UTC().Format(time.RFC3339) }

func newID() string { return strconv.FormatUint(uint64(1+rand.Uint32N(1<<32-1)), 10) }

func (cl *cluster) addEtcdMember(ctx context.Context, node string) error {
	members, err := cl.etcdPods(ctx)
	if err != nil {
		return err
	}
	pod := staticPod("etcd", node)
	// An earlier machine of this name left one.
	if err := cl.remove(ctx, pod); err != nil {
		return err
	}
	pod.Annotations = map[string]string{
		cloudv1.EtcdClusterIDAnnotationName: newID(),
		cloudv1.EtcdMemberIDAnnotationName:  newID(),
	}
	for _, member := range members {
		pod.Annotations[cloudv1.EtcdClusterIDAnnotationName] = member.Annotations[cloudv1.EtcdClusterIDAnnotationName]
	}
	if leaderOf(members) < 0 {
		pod.Annotations[cloudv1.EtcdLeaderFromAnnotationName] = now()
	}
	return cl.create(ctx, pod)
}

// removeEtcdMember deletes the member. If it was the leader, another member
// becomes leader: the fake etcd needs one to answer.
func (cl *cluster) removeEtcdMember(ctx context.Context, node string) error {
	if err := cl.remove(ctx, staticPod("etcd", node)); err != nil {
		return err
	}
	members, err := cl.etcdPods(ctx)
	if err != nil || len(members) == 0 || leaderOf(members) >= 0 {
		return err
	}
	return cl.change(ctx, &members[0], func() {
		members[0].Annotations[cloudv1.EtcdLeaderFromAnnotationName] = now()
	})
}

package bootstrap

import (
	"context"
	"encoding/json"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	clusterv1 "sigs.k8s.io/cluster-api/api/core/v1beta2"
	"sigs.k8s.io/cluster-api/util/conditions"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// lockKey is the key of the lock's data.
const lockKey = "lock-information"

// holder is the content of the lock.
type holder struct {
	MachineName string `json:"machineName"`
}

func lockName(cluster *clusterv1.Cluster) client.ObjectKey {
	return client.ObjectKey{Namespace: cluster.Namespace, Name: cluster.Name + "-lock"}
}

// lock makes this config's Machine the first server if no Machine is, and
// reports whether it is. It takes over the lock of a Machine that is gone.
func (r *Reconciler) lock(ctx context.Context, s *scope) (bool, error) {
	current := &corev1.ConfigMap{}
	err := r.Client.Get(ctx, lockName(s.cluster), current)
	if apierrors.IsNotFound(err) {
		return r.takeLock(ctx, s)
	}
	if err != nil {
		return false, fmt.Errorf("read the lock: %w", err)
	}
	var by holder
	if err := json.Unmarshal([]byte(current.Data[lockKey]), &by); err != nil {
		return false, fmt.Errorf("read the lock's data: %w", err)
	}
	if by.MachineName == s.machine.Name {
		return true, nil
	}
	err = r.Client.Get(ctx, client.ObjectKey{
		Namespace: s.machine.Namespace, Name: by.MachineName,
	}, &clusterv1.Machine{})
	if !apierrors.IsNotFound(err) {
		return false, err
	}
	if err := r.Client.Delete(ctx, current); client.IgnoreNotFound(err) != nil {
		return false, fmt.Errorf("break the lock of a Machine that is gone: %w", err)
	}
	return r.takeLock(ctx, s)
}

func (r *Reconciler) takeLock(ctx context.Context, s *scope) (bool, error) {
	data, err := json.Marshal(holder{MachineName: s.machine.Name})
	if err != nil {
		return false, fmt.Errorf("write the lock's data: %w", err)
	}
	name := lockName(s.cluster)
	err = r.Client.Create(ctx, &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: name.Namespace, Name: name.Name,
			Labels: map[string]string{clusterv1.ClusterNameLabel: s.cluster.Name},
			OwnerReferences: []metav1.OwnerReference{{
				APIVersion: clusterv1.GroupVersion.String(), Kind: "Cluster",
				Name: s.cluster.Name, UID: s.cluster.UID,
			}},
		},
		Data: map[string]string{lockKey: string(data)},
	})
	if apierrors.IsAlreadyExists(err) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("take the lock: %w", err)
	}
	return true, nil
}

// unlockWhenInitialized removes the lock when the first server exists.
func (r *Reconciler) unlockWhenInitialized(ctx context.Context, s *scope) error {
	if !s.isControlPlane() ||
		!conditions.IsTrue(s.cluster, clusterv1.ClusterControlPlaneInitializedCondition) {
		return nil
	}
	name := lockName(s.cluster)
	current := &corev1.ConfigMap{}
	if err := r.Client.Get(ctx, name, current); err != nil {
		return client.IgnoreNotFound(err)
	}
	return client.IgnoreNotFound(r.Client.Delete(ctx, current))
}

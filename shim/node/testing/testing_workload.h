// Makes Nodes, desired Nodes, and clients of one FakeKubeClient that can be
// counted, for tests. Thread-safe.

#ifndef SHIM_NODE_TESTING_TESTING_WORKLOAD_H_
#define SHIM_NODE_TESTING_TESTING_WORKLOAD_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "common/json/json.h"
#include "common/time/clock.h"
#include "shim/kube/kube_client.h"
#include "shim/kube/testing/fake_kube_client.h"
#include "shim/node/node_initializer.h"

namespace evroc::shim {

// The desired Node of the VM "vm-<number>", at 10.0.0.<number>.
DesiredNode TestDesiredNode(int number);

// The Node of that VM as its kubelet registers it, and as it is desired.
Json FreshNode(int number);
Json RightNode(int number);

// Whether the workload cluster has that Node as TestDesiredNode says.
bool IsRight(const FakeKubeClient& workload, int number);

// The Secret "<cluster>-kubeconfig" with that content.
Json KubeconfigSecret(const ObjectKey& cluster, absl::string_view content);

// Counts what is alive, and lets a test wait for it.
class AliveCount {
 public:
  void Add(int change);
  // Blocks until `count` are.
  void Await(int count);
  int count();

 private:
  absl::Mutex mutex_;
  int count_ ABSL_GUARDED_BY(mutex_) = 0;
};

// A client that shows `target`, and is counted while it lives. Neither is
// owned.
std::unique_ptr<KubeClient> MakeCountedClient(KubeClient& target,
                                              AliveCount& alive);

// A client whose calls end only at their deadline or by being cancelled: nobody
// answers. They are counted while they last. Neither is owned.
std::unique_ptr<KubeClient> MakeDeadClient(Clock& clock, AliveCount& calls);

}  // namespace evroc::shim

#endif  // SHIM_NODE_TESTING_TESTING_WORKLOAD_H_

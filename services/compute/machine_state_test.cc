#include "services/compute/machine_state.h"

#include "gtest/gtest.h"

namespace evroc::compute {
namespace {

TEST(StateOfTest, KnowsTheCloudsWordsAndKubeVirts) {
  struct Case {
    const char* word;
    v1::VirtualMachine::State state;
  };
  for (const auto& [word, state] :
       {Case{"", v1::VirtualMachine::STATE_PROVISIONING},
        Case{"Creating", v1::VirtualMachine::STATE_PROVISIONING},
        Case{"Provisioning", v1::VirtualMachine::STATE_PROVISIONING},
        Case{"WaitingForVolumeBinding", v1::VirtualMachine::STATE_PROVISIONING},
        Case{"WaitingForReceiver", v1::VirtualMachine::STATE_PROVISIONING},
        Case{"ErrorUnschedulable", v1::VirtualMachine::STATE_PROVISIONING},
        Case{"Starting", v1::VirtualMachine::STATE_STARTING},
        Case{"Running", v1::VirtualMachine::STATE_RUNNING},
        Case{"Migrating", v1::VirtualMachine::STATE_RUNNING},
        Case{"Stopping", v1::VirtualMachine::STATE_STOPPING},
        Case{"Stopped", v1::VirtualMachine::STATE_STOPPED},
        Case{"Terminating", v1::VirtualMachine::STATE_DELETING},
        Case{"ProvisioningFailed", v1::VirtualMachine::STATE_FAILED}}) {
    EXPECT_EQ(StateOf(word), state) << word;
  }
}

// The list of words is not published (D.3): a new one must not look like an
// end, nor like a machine that runs.
TEST(StateOfTest, AnyOtherWordIsUnknown) {
  for (const char* word :
       {"running", "RUNNING", " Running", "Paused", "CrashLoopBackOff"}) {
    EXPECT_EQ(StateOf(word), v1::VirtualMachine::STATE_UNKNOWN) << word;
  }
}

}  // namespace
}  // namespace evroc::compute

// The environment that the steps of an object's life cycle read and change.

#ifndef TESTS_EVROC_SIM_CLOUD_LIFE_CONTEXT_H_
#define TESTS_EVROC_SIM_CLOUD_LIFE_CONTEXT_H_

#include <optional>

#include "absl/time/time.h"
#include "common/net/cidr.h"
#include "tests/evroc_sim/cloud/address_book.h"
#include "tests/evroc_sim/cloud/object_faults.h"
#include "tests/evroc_sim/model/bucket_contents.h"
#include "tests/evroc_sim/model/settings.h"
#include "tests/evroc_sim/model/store.h"

namespace evroc::sim {

// The ranges that the cloud allocates addresses from.
struct AddressRanges {
  Cidr public_addresses = *Cidr::Parse("198.18.0.0/15");
  // The listening addresses of machines, if there is a data plane.
  std::optional<Cidr> data_plane;
};

struct LifeContext {
  const Store& store;
  const Settings& settings;
  const AddressRanges& ranges;
  AddressBook& addresses;
  ObjectFaults& faults;
  BucketContents& contents;
  absl::Time now;
};

// The delay of an object's next step; nullopt: not before an object that it
// refers to, or that refers to it, has changed.
using NextStep = std::optional<absl::Duration>;

// Moves an object to a phase of its life cycle.
void EnterPhase(Object& object, const char* phase, absl::Time now);

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_CLOUD_LIFE_CONTEXT_H_

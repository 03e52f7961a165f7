// Makes up ids, etags and conditions for the fake services, in the form of the
// real ones. Pure functions.

#ifndef SHIM_RPC_TESTING_FAKE_VALUES_H_
#define SHIM_RPC_TESTING_FAKE_VALUES_H_

#include <string>

#include "common/status/violations.h"
#include "evroc/common/v1/resources.pb.h"
#include "google/protobuf/message.h"
#include "google/protobuf/repeated_field.h"

namespace evroc::shim {

// Adds what a service would refuse in an owner at Apply. `field` is the owner's
// path.
void CheckFakeOwner(const common::v1::Owner& owner, bool is_machine,
                    const std::string& field, Violations& violations);

// An etag that depends on the content alone.
std::string FakeEtag(const google::protobuf::Message& message);

// "<hint>-<8 hexadecimal digits of key>", as the services name objects.
std::string FakeId(const std::string& hint, const std::string& key);

// A UUID that depends on `key` alone.
std::string FakeUuid(const std::string& key);

void AddFakeCondition(
    const std::string& type, bool holds, const std::string& reason,
    const std::string& message,
    google::protobuf::RepeatedPtrField<common::v1::Condition>& conditions);

}  // namespace evroc::shim

#endif  // SHIM_RPC_TESTING_FAKE_VALUES_H_

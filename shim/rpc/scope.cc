#include "shim/rpc/scope.h"

#include <cstddef>
#include <utility>

#include "common/crypto/sha256.h"
#include "common/proto/serialize.h"
#include "google/protobuf/util/message_differencer.h"

namespace evroc::shim {
namespace {

// Enough to tell scopes apart in a log.
constexpr size_t kNameLength = 12;

}  // namespace

Scope::Scope(common::v1::CloudScope proto)
    : proto_(std::move(proto)),
      key_(Sha256Hex(SerializeDeterministically(proto_))) {}

Scope Scope::Expecting(const common::v1::ExpectedCloud& cloud) const {
  common::v1::CloudScope proto = proto_;
  *proto.mutable_expected() = cloud;
  return {std::move(proto), key_};
}

absl::string_view Scope::name() const {
  return absl::string_view(key_).substr(0, kNameLength);
}

bool SamePlace(const Scope& a, const Scope& b) {
  return a.proto().project() == b.proto().project() &&
         a.proto().region() == b.proto().region() &&
         google::protobuf::util::MessageDifferencer::Equals(
             a.proto().endpoints(), b.proto().endpoints());
}

}  // namespace evroc::shim

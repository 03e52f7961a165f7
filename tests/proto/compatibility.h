// Whether protos can take the place of older ones for everybody who uses those:
// on the wire, as JSON and in source code. Pure functions.

#ifndef TESTS_PROTO_COMPATIBILITY_H_
#define TESTS_PROTO_COMPATIBILITY_H_

#include <string>
#include <vector>

#include "google/protobuf/descriptor.pb.h"

namespace evroc {

// What breaks, one line each: something that is gone, or whose number, name,
// type, label or streaming differs. Additions break nothing.
std::vector<std::string> BreakingChanges(
    const google::protobuf::FileDescriptorSet& before,
    const google::protobuf::FileDescriptorSet& after);

}  // namespace evroc

#endif  // TESTS_PROTO_COMPATIBILITY_H_

// Checks whether protos are compatible with older ones: on the wire, as JSON
// and in source code. Pure functions.

#ifndef TESTS_PROTO_COMPATIBILITY_H_
#define TESTS_PROTO_COMPATIBILITY_H_

#include <string>
#include <vector>

#include "google/protobuf/descriptor.pb.h"

namespace evroc {

// Returns the incompatibilities, one line each: an element that is missing, or
// whose number, name, type, label or streaming differs. Additions are
// compatible.
std::vector<std::string> BreakingChanges(
    const google::protobuf::FileDescriptorSet& before,
    const google::protobuf::FileDescriptorSet& after);

}  // namespace evroc

#endif  // TESTS_PROTO_COMPATIBILITY_H_

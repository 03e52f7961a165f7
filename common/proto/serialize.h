// Serializes messages so that equal ones give equal bytes within a process,
// whatever the order of maps. A pure function.

#ifndef COMMON_PROTO_SERIALIZE_H_
#define COMMON_PROTO_SERIALIZE_H_

#include <string>

#include "google/protobuf/message.h"

namespace evroc {

std::string SerializeDeterministically(
    const google::protobuf::Message& message);

}  // namespace evroc

#endif  // COMMON_PROTO_SERIALIZE_H_

// Prints messages for logs, without secrets. A pure function.

#ifndef COMMON_LOG_REDACT_H_
#define COMMON_LOG_REDACT_H_

#include <string>

#include "google/protobuf/message.h"

namespace evroc {

// One truncated line of protobuf text. Fields with the option
// (evroc.common.v1.secret) read "REDACTED".
std::string Redacted(const google::protobuf::Message& message);

}  // namespace evroc

#endif  // COMMON_LOG_REDACT_H_

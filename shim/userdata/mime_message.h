// Reads and writes MIME messages as cloud-init does: the parts of a
// multipart/mixed message, in order. Pure functions.

#ifndef SHIM_USERDATA_MIME_MESSAGE_H_
#define SHIM_USERDATA_MIME_MESSAGE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace evroc::shim {

// A part that is no container. Both texts are as they stand in the message.
struct MimePart {
  std::string header;  // complete lines, without the empty one at the end
  std::string body;
};

// Returns the parts of a message; those of nested containers come in place of
// the container, whose own headers mean nothing to cloud-init.
// INVALID_ARGUMENT, which never quotes the text, for a message that has a
// container without a boundary or is nested too deeply.
absl::StatusOr<std::vector<MimePart>> ParseMimeMessage(absl::string_view text);

// Returns a part with that content, unchanged once it is decoded.
MimePart MakeMimePart(absl::string_view content_type,
                      absl::string_view content);

// The value of a header without its parameters; empty if there is none.
std::string MimeHeader(const MimePart& part, absl::string_view name);
// A parameter of a header; empty if there is none.
std::string MimeParameter(const MimePart& part, absl::string_view name,
                          absl::string_view parameter);

// Returns the decoded body. UNIMPLEMENTED for an encoding other than base64
// and those that change nothing; INVALID_ARGUMENT for damaged base64.
absl::StatusOr<std::string> MimeContent(const MimePart& part);

// Returns a message of the parts, with a boundary that is in none of them; the
// same bytes for the same parts.
std::string WriteMimeMessage(absl::Span<const MimePart> parts);

}  // namespace evroc::shim

#endif  // SHIM_USERDATA_MIME_MESSAGE_H_

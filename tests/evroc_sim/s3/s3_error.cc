#include "tests/evroc_sim/s3/s3_error.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "tests/evroc_sim/model/api_error.h"

namespace evroc::sim {
namespace {

std::string Escape(absl::string_view text) {
  return absl::StrReplaceAll(text, {{"&", "&amp;"}, {"<", "&lt;"}});
}

}  // namespace

Response S3Error(const absl::Status& status, absl::string_view resource) {
  return {.status = HttpStatusOf(status),
          .content_type = "application/xml",
          .body = absl::StrCat(
              "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>",
              Escape(ReasonOf(status)), "</Code><Message>",
              Escape(status.message()), "</Message><Resource>",
              Escape(resource), "</Resource></Error>")};
}

}  // namespace evroc::sim

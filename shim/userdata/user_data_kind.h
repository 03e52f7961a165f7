// Tells user data apart by its first line, as cloud-init does. Pure functions.

#ifndef SHIM_USERDATA_USER_DATA_KIND_H_
#define SHIM_USERDATA_USER_DATA_KIND_H_

#include "absl/strings/string_view.h"

namespace evroc::shim {

enum class UserDataKind {
  kUnknown,
  kCloudConfig,
  kJinja,  // a template of a cloud-config or a script
  kScript,
  kBootHook,
  kInclude,
  kIncludeOnce,
  kArchive,
  kPartHandler,
  kMime,
  kIgnition,
};

// What the kinds begin with, for messages.
inline constexpr absl::string_view kKnownUserData =
    "#cloud-config, #cloud-config-archive, #cloud-boothook, #include, "
    "#include-once, #part-handler, #!, \"## template: jinja\", the headers of "
    "a MIME message, or an Ignition configuration";

// `text` is not compressed.
UserDataKind KindOf(absl::string_view text);

// The kind of a MIME part of that type; kUnknown where the type says nothing.
UserDataKind KindOfContentType(absl::string_view type);

// The type of a MIME part; empty for kUnknown, kMime and kIgnition.
absl::string_view ContentTypeOf(UserDataKind kind);

// What a Jinja template renders: all but its first line.
absl::string_view WithoutJinjaHeader(absl::string_view text);

}  // namespace evroc::shim

#endif  // SHIM_USERDATA_USER_DATA_KIND_H_

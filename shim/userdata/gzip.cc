#include "shim/userdata/gzip.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "glog/logging.h"
#include "zlib.h"

namespace evroc::shim {
namespace {

// zlib's largest window, and 16 for the header of gzip.
constexpr int kWindowBits = 15 + 16;

void SetInput(absl::string_view data, z_stream& stream) {
  // zlib does not write to its input.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
  stream.avail_in = static_cast<uInt>(data.size());
}

void SetOutput(std::string& out, z_stream& stream) {
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
}

}  // namespace

bool IsGzip(absl::string_view data) {
  return absl::StartsWith(data, "\x1f\x8b");
}

absl::StatusOr<std::string> Gunzip(absl::string_view data, size_t max_bytes) {
  z_stream stream{};
  CHECK_EQ(inflateInit2(&stream, kWindowBits), Z_OK);
  SetInput(data, stream);
  // One byte more shows that there is too much.
  std::string out(max_bytes + 1, '\0');
  SetOutput(out, stream);
  const int result = inflate(&stream, Z_FINISH);
  const bool complete = result == Z_STREAM_END && stream.avail_in == 0;
  out.resize(stream.total_out);
  inflateEnd(&stream);
  if (out.size() > max_bytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("gzip that unpacks to more than ", max_bytes, " bytes"));
  }
  if (!complete) {
    return absl::InvalidArgumentError("damaged gzip");
  }
  return out;
}

std::string Gzip(absl::string_view data) {
  z_stream stream{};
  CHECK_EQ(deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, kWindowBits,
                        /*memLevel=*/8, Z_DEFAULT_STRATEGY),
           Z_OK);
  SetInput(data, stream);
  std::string out(deflateBound(&stream, data.size()), '\0');
  SetOutput(out, stream);
  CHECK_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

}  // namespace evroc::shim

#include "shim/userdata/user_data_parts.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "shim/userdata/gzip.h"

namespace evroc::shim {
namespace {

using testing::SizeIs;

TEST(UserDataPartsTest, OneKindIsOnePart) {
  const auto read = ReadUserData("#cloud-config\na: b\n");
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->kind, UserDataKind::kCloudConfig);
  EXPECT_FALSE(read->compressed);
  const auto parts = PartsOf(*read);
  ASSERT_TRUE(parts.ok()) << parts.status();
  EXPECT_THAT(parts->mime, SizeIs(1));
  EXPECT_TRUE(parts->MayConfigure());
  EXPECT_FALSE(PartsOf(*ReadUserData("#!/bin/sh\n"))->MayConfigure());
}

TEST(UserDataPartsTest, WhatIsWrittenIsReadBack) {
  auto parts = *PartsOf(*ReadUserData("#cloud-config\na: b\n"));
  parts.mime.push_back(MakeMimePart("text/x-shellscript", "#!/bin/sh\n"));
  EXPECT_FALSE(IsAppending(parts.mime[0]));
  MakeAppending(parts.mime[0]);
  for (const bool compressed : {false, true}) {
    const std::string written = WriteParts(parts, compressed);
    EXPECT_EQ(IsGzip(written), compressed);
    const auto read = ReadUserData(written);
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(read->kind, UserDataKind::kMime);
    EXPECT_EQ(read->compressed, compressed);
    const auto again = *PartsOf(*read);
    ASSERT_THAT(again.mime, SizeIs(2));
    EXPECT_TRUE(IsAppending(again.mime[0]));
    EXPECT_FALSE(IsAppending(again.mime[1]));
    EXPECT_EQ(*MimeContent(again.mime[1]), "#!/bin/sh\n");
  }
}

}  // namespace
}  // namespace evroc::shim

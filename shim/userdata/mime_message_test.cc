#include "shim/userdata/mime_message.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evroc::shim {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

constexpr char kMessage[] =
    "Content-Type: multipart/mixed;\n"
    "  boundary=\"a b\"\n"
    "MIME-Version: 1.0\n"
    "\n"
    "to be ignored\n"
    "--a b\n"
    "Content-Type: Text/Cloud-Config; charset=utf-8\n"
    "Content-Disposition: attachment; filename=\"x\"\n"
    "\n"
    "#cloud-config\n"
    "--a bc\n"
    "--a b  \n"
    "Content-Type: multipart/mixed; boundary=inner\n"
    "\n"
    "--inner\n"
    "\n"
    "#!/bin/sh\n"
    "\n"
    "--inner--\n"
    "--a b\n"
    "#include\n"
    "--a b--\n"
    "to be ignored\n";

TEST(MimeMessageTest, ReadsPartsAsTheyStandThere) {
  const auto parts = ParseMimeMessage(kMessage);
  ASSERT_TRUE(parts.ok()) << parts.status();
  ASSERT_THAT(*parts, SizeIs(3));
  EXPECT_EQ((*parts)[0].body, "#cloud-config\n--a bc");
  EXPECT_EQ(MimeHeader((*parts)[0], "content-type"), "text/cloud-config");
  EXPECT_EQ(MimeParameter((*parts)[0], "Content-Disposition", "filename"), "x");
  EXPECT_EQ(MimeHeader((*parts)[0], "Merge-Type"), "");
  EXPECT_EQ((*parts)[1].body, "#!/bin/sh\n") << "no header";
  EXPECT_EQ((*parts)[2].header, "");
  EXPECT_EQ((*parts)[2].body, "#include") << "no empty line";
}

TEST(MimeMessageTest, LineEndsOfOtherSystemsAreRead) {
  const auto parts = ParseMimeMessage(
      absl::StrReplaceAll(absl::string_view(kMessage), {{"\n", "\r\n"}}));
  ASSERT_TRUE(parts.ok()) << parts.status();
  ASSERT_THAT(*parts, SizeIs(3));
  EXPECT_EQ((*parts)[0].body, "#cloud-config\r\n--a bc");
  EXPECT_EQ(MimeHeader((*parts)[0], "Content-Type"), "text/cloud-config");
}

TEST(MimeMessageTest, AMessageWithoutAContainerIsOnePart) {
  const auto parts = ParseMimeMessage(
      "MIME-Version: 1.0\nContent-Type: text/x-shellscript\n\n#!/bin/sh\n");
  ASSERT_TRUE(parts.ok()) << parts.status();
  ASSERT_THAT(*parts, SizeIs(1));
  EXPECT_EQ((*parts)[0].body, "#!/bin/sh\n");
}

TEST(MimeMessageTest, TheLastDelimiterMayBeMissing) {
  const auto parts = ParseMimeMessage(
      "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n"
      "--b\n\nfirst\n--b\n\nlast\n");
  ASSERT_TRUE(parts.ok()) << parts.status();
  ASSERT_THAT(*parts, SizeIs(2));
  EXPECT_EQ((*parts)[1].body, "last\n");
}

TEST(MimeMessageTest, RefusesWhatCantBeSplit) {
  const auto parts = ParseMimeMessage(
      "MIME-Version: 1.0\nContent-Type: multipart/mixed\n\nsecret\n");
  EXPECT_EQ(parts.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(parts.status().message()), Not(HasSubstr("secret")));
  std::string nested = "MIME-Version: 1.0\n";
  for (int i = 0; i < 10; ++i) {
    absl::StrAppend(&nested, "Content-Type: multipart/mixed; boundary=b", i,
                    "\n\n--b", i, "\n");
  }
  EXPECT_EQ(ParseMimeMessage(nested).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(MimeMessageTest, ContentsSurvive) {
  const std::string contents[] = {"plain\n",
                                  "no line end",
                                  "\n\nempty lines\n\n",
                                  "größer: ✓\n",
                                  "\r\n",
                                  std::string(999, 'x'),
                                  std::string("\0\x7f\xff", 3),
                                  "--evroc-user-data-0--\n",
                                  ""};
  std::vector<MimePart> written;
  for (const std::string& content : contents) {
    written.push_back(MakeMimePart("text/cloud-config", content));
  }
  const std::string message = WriteMimeMessage(written);
  EXPECT_EQ(WriteMimeMessage(written), message);
  EXPECT_THAT(message, HasSubstr("boundary=\"evroc-user-data-1\""));
  for (const char c : message) EXPECT_TRUE(c == '\n' || (c >= ' ' && c <= '~'));
  const auto read = ParseMimeMessage(message);
  ASSERT_TRUE(read.ok()) << read.status();
  ASSERT_THAT(*read, SizeIs(written.size()));
  for (size_t i = 0; i < written.size(); ++i) {
    EXPECT_EQ(*MimeContent((*read)[i]), contents[i]) << i;
    EXPECT_EQ((*read)[i].header, written[i].header);
  }
}

TEST(MimeMessageTest, OnlyKnownEncodingsAreDecoded) {
  EXPECT_EQ(*MimeContent({"Content-Transfer-Encoding: Base64\n", "Y\nQ=="}),
            "a");
  EXPECT_EQ(
      MimeContent({"Content-Transfer-Encoding: base64\n", "?"}).status().code(),
      absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(MimeContent({"Content-Transfer-Encoding: quoted-printable\n", "a"})
                .status()
                .code(),
            absl::StatusCode::kUnimplemented);
}

}  // namespace
}  // namespace evroc::shim

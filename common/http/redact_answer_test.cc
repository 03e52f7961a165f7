#include "common/http/redact_answer.h"

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace evroc {
namespace {

constexpr char kSecret[] =
    "#cloud-config\nruncmd:\n- kubeadm join --token "
    "abcdef.0123456789abcdef --hash sha256:99887766\n"
    "- systemctl restart certificate\n";

std::string Redact(absl::string_view text) {
  return RedactAnswer(
      {.status = 422, .secrets = {kSecret}, .shown = "vm-7f3a9c21"}, text);
}

TEST(RedactAnswerTest, LeavesProseAlone) {
  for (const char* text :
       {"", "spec.osSettings is invalid", "the certificate is not valid",
        "vm-7f3a9c21: already exists", "not enough quota"}) {
    EXPECT_EQ(Redact(text), text);
  }
}

TEST(RedactAnswerTest, TakesOutPieces) {
  EXPECT_EQ(Redact("bad: abcdef.0123456789abcdef!"), "bad: [redacted]!");
  EXPECT_EQ(Redact("bad: 0123456789..."), "bad: [redacted]...");
  EXPECT_EQ(Redact("BAD: ABCDEF.01234"), "BAD: [redacted]");
}

TEST(RedactAnswerTest, TakesOutEncodedForms) {
  const std::string whole(kSecret);
  const std::string forms[] = {
      whole,
      absl::Base64Escape(whole),
      absl::Base64Escape(absl::StrCat("{", whole)),
      absl::Base64Escape(absl::StrCat("{\"", whole)),
      absl::WebSafeBase64Escape(whole),
      absl::Base64Escape(absl::Base64Escape(whole)),
      absl::BytesToHexString(whole),
      absl::CEscape(whole),
      absl::StrCat("\"", absl::CEscape(absl::CEscape(whole)), "\"")};
  for (const std::string& form : forms) {
    const std::string redacted =
        Redact(absl::StrCat("Invalid value: ", form, ": too long"));
    EXPECT_TRUE(absl::StartsWith(redacted, "Invalid value: "));
    EXPECT_TRUE(absl::StrContains(redacted, "[redacted]")) << redacted;
    for (size_t at = 0; at + 12 <= form.size(); at += 4) {
      EXPECT_FALSE(absl::StrContains(redacted, form.substr(at, 12)))
          << redacted;
    }
  }
}

TEST(RedactAnswerTest, KnowsASecretThatIsBase64) {
  const HttpResponse answer{.secrets = {absl::Base64Escape(kSecret)}};
  EXPECT_EQ(RedactAnswer(answer, "bad: abcdef.0123456789abcdef"),
            "bad: [redacted]");
}

TEST(RedactAnswerTest, TakesOutShortSecretsAsAWhole) {
  EXPECT_EQ(RedactAnswer({.secrets = {"pa55"}}, "not pa55 or pa5"),
            "not [redacted] or pa5");
  EXPECT_EQ(RedactAnswer({.secrets = {"hunter"}}, "not hunter"),
            "not [redacted]");
}

TEST(RedactAnswerTest, WorksOnABoundedPart) {
  EXPECT_EQ(Redact(std::string(1 << 20, ' ')).size(), 4096u);
}

// Who has to correct a reference needs to see it.
TEST(RedactAnswerTest, LeavesLongReferences) {
  const std::string text =
      "not found: /networking/projects/prod-eu/regions/se-sto/securityGroups/"
      "team-a-control-plane";
  EXPECT_EQ(RedactAnswer({.status = 422, .secrets = {"token"}}, text), text);
}

// The answer to a read quotes what another request had.
TEST(RedactAnswerTest, TakesOutUserDataThatItDoesNotKnow) {
  const std::string unknown = "#cloud-config\nruncmd: [join abcdef]\n";
  const std::string encoded =
      absl::Base64Escape(absl::StrCat(unknown, std::string(60, 'x')));
  const HttpResponse answer{.status = 500, .secrets = {"token-of-the-bearer"}};
  const std::string texts[] = {
      absl::StrCat("can't convert: ", unknown),
      absl::StrCat(R"({"cloudInitUserData": ")", unknown, R"("})"),
      R"({"cloudInitUserData":"join abcdef","running":true})",
      R"({\"cloudInitUserData\": \"join abcdef\"})",
      R"(CloudInitUserData:"join abcdef" Running:true)",
      absl::StrCat("bad object ", encoded, " in storage"),
      R"({"cloudInitUserData":"say \"hi\" join abcdef"})",
      "#!/bin/sh\njoin abcdef",
      "MIME-Version: 1.0\njoin abcdef",
      R"({"ignition": {"config": "join abcdef"}})"};
  for (const std::string& text : texts) {
    const std::string redacted = RedactAnswer(answer, text);
    EXPECT_FALSE(absl::StrContains(redacted, "abcdef")) << redacted;
    EXPECT_FALSE(absl::StrContains(redacted, encoded.substr(0, 16)));
    EXPECT_TRUE(absl::StrContains(redacted, "[redacted]")) << text;
  }
  EXPECT_EQ(RedactAnswer(answer, texts[2]),
            "{\"cloudInitUserData\":[redacted],\"running\":true}");
  for (const char* text :
       {"spec.osSettings.cloudInitUserData: Invalid value: too long",
        "networking/projects/p/regions/r/publicIPs/a is used",
        "sha256:"
        "ab6f8e0d8a1a9f0e2c3b4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f708192"}) {
    EXPECT_EQ(RedactAnswer(answer, text), text);
  }
}

}  // namespace
}  // namespace evroc

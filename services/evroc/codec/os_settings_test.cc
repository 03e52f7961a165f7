#include "services/evroc/codec/os_settings.h"

#include <string>

#include "absl/strings/escaping.h"
#include "common/json/testing/must_parse.h"
#include "gtest/gtest.h"

namespace evroc::cloud {
namespace {

Json SpecOf(const VirtualMachine& machine) {
  Json spec = Json::Object({{"running", true}});
  SetOsSettings(spec, machine);
  return spec;
}

TEST(SetOsSettingsTest, AMachineWithoutAnyHasNoMember) {
  EXPECT_EQ(SpecOf({}), MustParse(R"({"running": true})"));
}

TEST(SetOsSettingsTest, KeysAndUserDataStandBesideTheRest) {
  VirtualMachine machine;
  machine.user_data = "#cloud-config\n";
  machine.ssh_authorized_keys = {"ssh-ed25519 AAAA me", "ssh-rsa BBBB"};
  EXPECT_EQ(SpecOf(machine), MustParse(R"({
    "running": true,
    "osSettings": {
      "cloudInitUserData": "I2Nsb3VkLWNvbmZpZwo=",
      "ssh": {"authorizedKeys": [{"value": "ssh-ed25519 AAAA me"},
                                 {"value": "ssh-rsa BBBB"}]}}})"));
}

TEST(SetOsSettingsTest, EitherMayBeMissing) {
  VirtualMachine only_data;
  only_data.user_data = "x";
  EXPECT_EQ(SpecOf(only_data)["osSettings"],
            MustParse(R"({"cloudInitUserData": "eA=="})").view());
  VirtualMachine only_keys;
  only_keys.ssh_authorized_keys = {"k"};
  EXPECT_EQ(
      SpecOf(only_keys)["osSettings"],
      MustParse(R"({"ssh": {"authorizedKeys": [{"value": "k"}]}})").view());
}

// The server tells base64 from raw text by itself: one line of padded base64
// leaves it no choice.
TEST(SetOsSettingsTest, AnyBytesAreOneLineOfPaddedBase64) {
  std::string bytes;
  for (int i = 0; i < 1024; ++i) bytes.push_back(static_cast<char>(i % 256));
  for (size_t length = bytes.size() - 3; length <= bytes.size(); ++length) {
    VirtualMachine machine;
    machine.user_data = bytes.substr(0, length);
    const Json spec = SpecOf(machine);
    const absl::string_view text =
        spec.At("osSettings.cloudInitUserData").String();
    EXPECT_EQ(text.size() % 4, 0);
    EXPECT_EQ(text.find_first_of("\r\n -_"), text.npos);
    std::string decoded;
    ASSERT_TRUE(absl::Base64Unescape(text, &decoded));
    EXPECT_EQ(decoded, machine.user_data);
  }
}

}  // namespace
}  // namespace evroc::cloud

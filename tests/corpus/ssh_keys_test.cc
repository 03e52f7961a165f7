// What becomes of spec.sshKey of an EvrocMachine in the user data, for each
// text of ssh_keys.json. That the templates put the same text into the field is
// tested in tests/conformance.

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "common/json/json.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "shim/cache/evroc_machine.h"
#include "shim/reconcile/machine/machine_request.h"
#include "shim/userdata/login_keys.h"
#include "shim/userdata/mime_message.h"

namespace evroc::shim {
namespace {

using testing::ElementsAreArray;

constexpr char kBootstrap[] =
    "## template: jinja\n"
    "#cloud-config\n"
    "runcmd: ['kubeadm join']\n";

Json Corpus() {
  std::ifstream file("tests/corpus/ssh_keys.json");
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  auto corpus = Json::Parse(text);
  EXPECT_TRUE(corpus.ok()) << corpus.status();
  return corpus.ok() ? *std::move(corpus) : Json::Array();
}

std::vector<std::string> Texts(JsonView list) {
  std::vector<std::string> texts;
  for (size_t i = 0; i < list.size(); ++i) {
    texts.emplace_back(list[i].String());
  }
  return texts;
}

// The configuration that AddLoginKeys puts behind the bootstrap data.
Json Added(const std::vector<std::string>& keys) {
  const auto data = AddLoginKeys(kBootstrap, keys);
  EXPECT_TRUE(data.ok()) << data.status();
  const auto parts = ParseMimeMessage(data.value_or(""));
  EXPECT_TRUE(parts.ok()) << parts.status();
  const std::string content = *MimeContent(parts->back());
  absl::string_view config = content;
  EXPECT_TRUE(absl::ConsumePrefix(&config, "#cloud-config\n")) << content;
  auto read = Json::Parse(config);
  EXPECT_TRUE(read.ok()) << read.status() << content;
  return *std::move(read);
}

TEST(SshKeysTest, EachKeyArrivesAsItIs) {
  const Json corpus = Corpus();
  ASSERT_GE(corpus.view().size(), 16);
  for (size_t i = 0; i < corpus.view().size(); ++i) {
    const JsonView entry = corpus.view()[i];
    SCOPED_TRACE(entry["name"].String());
    EvrocMachineSpec spec;
    spec.ssh_key = std::string(entry["text"].String());
    const std::vector<std::string> keys = SshKeysOf(spec);
    const std::vector<std::string> want = Texts(entry["keys"]);
    EXPECT_THAT(keys, ElementsAreArray(want));
    const Json config = Added(keys);
    EXPECT_THAT(Texts(config["ssh_authorized_keys"]), ElementsAreArray(want));
    EXPECT_EQ(config["users"][1]["name"].String(), "evroc-user");
    EXPECT_THAT(Texts(config["users"][1]["ssh_authorized_keys"]),
                ElementsAreArray(want));
  }
}

}  // namespace
}  // namespace evroc::shim

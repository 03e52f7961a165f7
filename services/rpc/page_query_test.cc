#include "services/rpc/page_query.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "evroc/compute/v1/compute_service.pb.h"
#include "evroc/network/v1/network_service.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evroc::cloud {
namespace {

using network::v1::ListPublicIpsRequest;
using network::v1::PublicIp;
using testing::ElementsAre;

class PageQueryTest : public testing::Test {
 protected:
  void Add(const std::string& cluster, const std::string& machine,
           size_t bytes = 0) {
    PublicIp address;
    address.mutable_owner()->set_cluster_id(cluster);
    address.mutable_owner()->set_machine_id(machine);
    address.set_etag(std::string(bytes, 'x'));
    addresses_.push_back(address);
  }

  absl::StatusOr<PageQuery> Parse(const std::string& method = "List") {
    return PageQuery::Of(method, connection_, request_);
  }

  // The machines of the page, and the next page's token in `request_`.
  std::vector<std::string> Page() {
    const auto query = Parse();
    EXPECT_TRUE(query.ok()) << query.status();
    google::protobuf::RepeatedPtrField<PublicIp> items(addresses_.begin(),
                                                       addresses_.end());
    request_.set_page_token(query->Cut(items));
    std::vector<std::string> machines;
    for (const PublicIp& item : items) {
      machines.push_back(item.owner().machine_id());
    }
    return machines;
  }

  // All pages' machines, and how many pages they were.
  std::pair<std::vector<std::string>, int> AllPages() {
    std::vector<std::string> all = Page();
    int pages = 1;
    for (; !request_.page_token().empty(); ++pages) {
      const std::vector<std::string> page = Page();
      EXPECT_FALSE(page.empty());
      all.insert(all.end(), page.begin(), page.end());
    }
    return {all, pages};
  }

  std::vector<PublicIp> addresses_;
  ListPublicIpsRequest request_;
  Connection connection_;
};

TEST_F(PageQueryTest, PagesHoldEachItemOnceInOrder) {
  for (const char* machine : {"c", "a", "e", "b", "d"}) Add("1", machine);
  Add("0", "f");
  request_.set_page_size(4);
  EXPECT_THAT(Page(), ElementsAre("f", "a", "b", "c"));
  EXPECT_THAT(Page(), ElementsAre("d", "e"));
  EXPECT_EQ(request_.page_token(), "");
  addresses_.clear();
  EXPECT_THAT(Page(), ElementsAre());
  EXPECT_EQ(request_.page_token(), "");
}

TEST_F(PageQueryTest, WhatComesAndGoesMovesNothingElse) {
  for (const char* machine : {"b", "d", "f"}) Add("1", machine);
  request_.set_page_size(2);
  EXPECT_THAT(Page(), ElementsAre("b", "d"));
  addresses_.erase(addresses_.begin(), addresses_.begin() + 2);
  Add("1", "a");
  Add("1", "e");
  EXPECT_THAT(Page(), ElementsAre("e", "f"));
}

TEST_F(PageQueryTest, ThreeThousandLargeOnesFitIntoAClientsMessages) {
  constexpr size_t kLarge = 3000;
  for (int i = 0; i < 3000; ++i) {
    Add("1", absl::StrCat("m", 10000 + i), kLarge);
  }
  request_.set_page_size(1000);
  const auto [all, pages] = AllPages();
  EXPECT_EQ(all.size(), 3000u);
  EXPECT_TRUE(std::is_sorted(all.begin(), all.end()));
  EXPECT_GE(pages, static_cast<int>(3000 * kLarge / PageQuery::kMostBytes));
  EXPECT_LE(pages, 8);
}

TEST_F(PageQueryTest, OneThatIsTooLargeHasAPageOfItsOwn) {
  Add("1", "a");
  Add("1", "b", PageQuery::kMostBytes + 1);
  Add("1", "c");
  EXPECT_THAT(Page(), ElementsAre("a"));
  EXPECT_THAT(Page(), ElementsAre("b"));
  EXPECT_THAT(Page(), ElementsAre("c"));
}

TEST_F(PageQueryTest, TheSizeHasADefaultAndALimit) {
  for (int i = 0; i < 1500; ++i) Add("1", absl::StrCat("m", 10000 + i));
  EXPECT_EQ(Page().size(), 500u);
  request_.clear_page_token();
  request_.set_page_size(100'000);
  EXPECT_EQ(Page().size(), 1000u);
  request_.clear_page_token();
  request_.set_page_size(-1);
  EXPECT_TRUE(absl::IsInvalidArgument(Parse().status()));
}

TEST_F(PageQueryTest, RefusesATokenOfAnotherRequest) {
  for (const char* machine : {"a", "b", "c"}) Add("1", machine);
  request_.set_page_size(1);
  request_.set_cluster_id("1");
  Page();
  // The size may change, and the credential may be renewed.
  request_.set_page_size(7);
  request_.mutable_scope()->mutable_credentials()->set_content("renewed");
  EXPECT_TRUE(Parse().ok());
  EXPECT_TRUE(absl::IsInvalidArgument(Parse("Another").status()));
  connection_.project = "another";
  EXPECT_TRUE(absl::IsInvalidArgument(Parse().status()));
  connection_.project = "";
  request_.set_cluster_id("2");
  EXPECT_TRUE(absl::IsInvalidArgument(Parse().status()));
}

TEST_F(PageQueryTest, RefusesWhatIsNoToken) {
  // Its length leaves no bits of the last character without a meaning.
  for (const char* machine : {"aaa", "bbb"}) Add("1", machine);
  request_.set_page_size(1);
  Page();
  const std::string token = request_.page_token();
  std::vector<std::string> bad = {"x", "AAAA", token + "A",
                                  token.substr(0, token.size() - 4)};
  for (size_t i = 0; i < token.size(); ++i) {
    bad.push_back(token);
    bad.back()[i] = token[i] == 'A' ? 'B' : 'A';
  }
  for (const std::string& each : bad) {
    request_.set_page_token(each);
    EXPECT_TRUE(absl::IsInvalidArgument(Parse().status())) << each;
  }
}

TEST_F(PageQueryTest, CataloguesGoByName) {
  compute::v1::ListZonesRequest request;
  request.set_page_size(1);
  google::protobuf::RepeatedPtrField<compute::v1::Zone> zones;
  for (const char* name : {"b", "a"}) zones.Add()->set_name(name);
  const auto query = PageQuery::Of("ListZones", connection_, request);
  ASSERT_TRUE(query.ok());
  EXPECT_NE(query->Cut(zones), "");
  EXPECT_EQ(zones[0].name(), "a");
}

}  // namespace
}  // namespace evroc::cloud

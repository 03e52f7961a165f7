#include "tests/evroc_sim/iam/iam_store.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/evroc_sim/model/api_error.h"

namespace evroc::sim {
namespace {

class IamStoreTest : public testing::Test {
 protected:
  void Put(const std::string& path, const char* json = "{}") {
    ASSERT_TRUE(store_
                    .Write(path,
                           [&](Json& object) {
                             object = *Json::Parse(json);
                             return absl::OkStatus();
                           })
                    .ok());
  }

  IamStore store_;
};

TEST_F(IamStoreTest, AListHasTheObjectsOfTheCollectionAlone) {
  Put("projects/p", R"({"a": 1})");
  Put("projects/p/serviceAccounts/s", R"({"a": 2})");
  Put("projects/q", R"({"a": 3})");
  const std::vector<Json> projects = store_.List("projects");
  ASSERT_EQ(projects.size(), 2u);
  EXPECT_EQ(projects[0]["a"].Integer(), 1);
  EXPECT_EQ(projects[1]["a"].Integer(), 3);
}

TEST_F(IamStoreTest, AnErrorOfAWriteChangesNothing) {
  Put("projects/p");
  const int64_t version = store_.version();
  EXPECT_EQ(HttpStatusOf(store_
                             .Write("projects/p",
                                    [](Json& object) {
                                      object = Json();
                                      return Conflict("x");
                                    })
                             .status()),
            409);
  EXPECT_TRUE(store_.Get("projects/p").ok());
  EXPECT_EQ(store_.version(), version);
}

TEST_F(IamStoreTest, AWriteOfNullDeletes) {
  Put("projects/p");
  Put("projects/p", "null");
  EXPECT_EQ(HttpStatusOf(store_.Get("projects/p").status()), 404);
}

TEST_F(IamStoreTest, RemovesWhatIsBelowAsWell) {
  Put("projects/p");
  Put("projects/p/serviceAccounts/s");
  Put("projects/pq");
  EXPECT_EQ(
      store_.Remove("projects/p"),
      (std::vector<std::string>{"projects/p", "projects/p/serviceAccounts/s"}));
  EXPECT_TRUE(store_.Get("projects/pq").ok());
  EXPECT_TRUE(store_.Remove("projects/p").empty());
}

TEST_F(IamStoreTest, FindsBindingsInAllScopes) {
  Put("projects/p/roleBindings/u-1");
  Put("organizations/o/roleBindings/u-1");
  Put("projects/p/roleBindings/u-12");
  const std::vector<IamStore::Binding> bindings = store_.BindingsOf("u-1");
  ASSERT_EQ(bindings.size(), 2u);
  EXPECT_EQ(bindings[0].scope, (IamScope{"organizations", "o"}));
  EXPECT_EQ(bindings[1].scope, (IamScope{"projects", "p"}));
}

TEST_F(IamStoreTest, AProjectThatIsNotStoredIsOfTheFirstOrganisation) {
  EXPECT_EQ(store_.OrganisationOf("p"), "");
  Put("organizations/o", R"({"metadata": {"id": "uuid"}})");
  Put("projects/q", R"({"spec": {"organization": "x"}})");
  EXPECT_EQ(store_.OrganisationOf("p"), "o");
  EXPECT_EQ(store_.OrganisationOf("q"), "x");
}

TEST_F(IamStoreTest, AnOrganisationHasANameAndAnId) {
  Put("organizations/o", R"({"metadata": {"id": "uuid"}})");
  EXPECT_EQ(store_.OrganisationName("uuid"), "o");
  EXPECT_EQ(store_.OrganisationName("o"), "o");
  EXPECT_EQ(store_.OwnerIdOf({"organizations", "o"}), "uuid");
  EXPECT_EQ(store_.OwnerIdOf({"projects", "p"}), "p");
  EXPECT_EQ(store_.WithOrganisationName("/iam/organizations/uuid/x"),
            "/iam/organizations/o/x");
}

}  // namespace
}  // namespace evroc::sim

// The objects of IAM as JSON, by their path below /iam/v1beta1, such as
// "projects/p/serviceAccounts/sa". Thread-safe.

#ifndef TESTS_EVROC_SIM_IAM_IAM_STORE_H_
#define TESTS_EVROC_SIM_IAM_IAM_STORE_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "common/json/json.h"
#include "tests/evroc_sim/iam/resource_name.h"

namespace evroc::sim {

class IamStore {
 public:
  // A role binding and the scope that it is for.
  struct Binding {
    IamScope scope;
    Json object;
  };

  // 404 if there is no such object.
  absl::StatusOr<Json> Get(const std::string& path) const;
  // The objects of a collection in the order of their ids.
  std::vector<Json> List(const std::string& collection) const;
  // The role bindings of that id in all scopes.
  std::vector<Binding> BindingsOf(const std::string& id) const;

  // Calls `change` with the object, null if there is none, and stores and
  // returns what it leaves; null deletes. An error changes nothing. `change`
  // must not call the store.
  absl::StatusOr<Json> Write(const std::string& path,
                             absl::FunctionRef<absl::Status(Json&)> change);
  // Removes the object and all below it, and returns their paths; none if it
  // does not exist.
  std::vector<std::string> Remove(const std::string& path);

  // An organisation is stored under the name that it was made with, and has a
  // UUID as its id: the name of either; the word itself if it is neither.
  std::string OrganisationName(absl::string_view word) const;
  // The id of the scope as the metadata of its objects shows it, which of an
  // organisation that is stored is its UUID; empty for no scope.
  std::string OwnerIdOf(const IamScope& scope) const;
  // The name of the project's organisation. Projects need not be stored: one
  // that isn't belongs to the first organisation.
  std::string OrganisationOf(absl::string_view project) const;
  // The resource with its organisation by name.
  std::string WithOrganisationName(absl::string_view resource) const;

  // Rises with each change.
  int64_t version() const;

  // Returns the whole state; restores it.
  Json SaveState() const;
  void LoadState(JsonView state);

 private:
  std::string OrganisationNameLocked(absl::string_view word) const
      ABSL_SHARED_LOCKS_REQUIRED(mutex_);

  mutable absl::Mutex mutex_;
  std::map<std::string, Json> objects_ ABSL_GUARDED_BY(mutex_);
  int64_t version_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_IAM_IAM_STORE_H_

// Makes cloud objects with members chosen at random, for tests of what must
// hold for all of them.
//
// It chooses only what a caller may send: metadata and status stay empty. The
// same seed gives the same objects. Used from one thread.

#ifndef SERVICES_EVROC_TESTING_OBJECT_GENERATOR_H_
#define SERVICES_EVROC_TESTING_OBJECT_GENERATOR_H_

#include <cstdint>
#include <initializer_list>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/evroc/api/compute.h"
#include "services/evroc/api/networking.h"

namespace evroc::cloud {

class ObjectGenerator {
 public:
  explicit ObjectGenerator(uint32_t seed) : random_(seed) {}

  // Fills the members of an object that is as constructed.
  void Fill(Vpc& vpc);
  void Fill(Subnet& subnet);
  void Fill(SecurityGroup& group);
  void Fill(PublicIp& /*address*/) {}
  void Fill(LoadBalancer& balancer);
  void Fill(BackendPool& pool);
  void Fill(BackendService& service);
  void Fill(L4Route& route);
  void Fill(VirtualMachine& machine);
  void Fill(Disk& disk);
  void Fill(PlacementGroup& group);
  void Fill(HotswapAttachment& attachment);

 private:
  // From `least` to `most`, both included.
  int Number(int least, int most);
  bool Coin() { return Number(0, 1) == 1; }
  std::string Pick(std::initializer_list<absl::string_view> choices);
  std::string Name();
  absl::Duration Delay();
  SecurityRule Rule();

  // A name, seldom the path of an object of another project.
  template <typename T>
  Id<T> SomeId();
  template <typename T>
  Id<T> MaybeId() {
    return Coin() ? SomeId<T>() : Id<T>();
  }
  template <typename T>
  std::vector<Id<T>> SomeIds();

  std::mt19937 random_;
};

}  // namespace evroc::cloud

#endif  // SERVICES_EVROC_TESTING_OBJECT_GENERATOR_H_

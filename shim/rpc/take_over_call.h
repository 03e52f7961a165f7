// What both services are asked about objects of Evroc's official provider.
// Values.

#ifndef SHIM_RPC_TAKE_OVER_CALL_H_
#define SHIM_RPC_TAKE_OVER_CALL_H_

#include <string>
#include <vector>

#include "evroc/common/v1/resources.pb.h"
#include "evroc/common/v1/take_over.pb.h"

namespace evroc::shim {

struct TakeOverCall {
  common::v1::Owner owner;
  common::v1::PreviousOwner previous;
  common::v1::TakeOverAction action = common::v1::TAKE_OVER_ACTION_REPORT;
};

using TakeOverObjects = std::vector<common::v1::TakeOverObject>;

struct TakeOverMachine {
  TakeOverObjects objects;
  std::string zone;  // empty: there is no machine
};

// The request of a service for it.
template <typename Request>
Request TakeOverRequestOf(const common::v1::CloudScope& scope,
                          const TakeOverCall& call) {
  Request request;
  *request.mutable_scope() = scope;
  *request.mutable_owner() = call.owner;
  *request.mutable_previous_owner() = call.previous;
  request.set_action(call.action);
  return request;
}

template <typename Response>
TakeOverObjects ObjectsOf(const Response& response) {
  return {response.objects().begin(), response.objects().end()};
}

}  // namespace evroc::shim

#endif  // SHIM_RPC_TAKE_OVER_CALL_H_

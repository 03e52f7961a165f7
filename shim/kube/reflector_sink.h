// Receives the objects of a Reflector's resource, one by one, so that neither
// needs all of them at once.
//
// All calls come from the reflector's one thread.

#ifndef SHIM_KUBE_REFLECTOR_SINK_H_
#define SHIM_KUBE_REFLECTOR_SINK_H_

#include "absl/strings/string_view.h"
#include "common/json/json.h"

namespace evroc::shim {

class ReflectorSink {
 public:
  virtual ~ReflectorSink() = default;

  // A list begins: Upsert follows for each object that exists.
  virtual void BeginList() = 0;
  // The object's current state. The sink copies the parts that it needs.
  virtual void Upsert(const Json& object) = 0;
  // The object, in its last state, is gone or is not selected any more.
  virtual void Remove(const Json& object) = 0;
  // The list is complete as of this resourceVersion (empty: not known): all
  // objects not upserted since BeginList are gone. A list that fails half-way
  // has no EndList: its objects count, and all others stay, until the next
  // list.
  virtual void EndList(absl::string_view version) = 0;
};

}  // namespace evroc::shim

#endif  // SHIM_KUBE_REFLECTOR_SINK_H_

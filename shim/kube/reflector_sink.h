// Receives the objects of a Reflector's resource, one by one, so that neither
// needs all of them at once.
//
// All calls come from the reflector's one thread.

#ifndef SHIM_KUBE_REFLECTOR_SINK_H_
#define SHIM_KUBE_REFLECTOR_SINK_H_

#include "common/json/json.h"
#include "shim/kube/resource.h"

namespace evroc::shim {

class ReflectorSink {
 public:
  virtual ~ReflectorSink() = default;

  // A list begins: Upsert follows for each object that exists.
  virtual void BeginList() = 0;
  // The object's current state. The sink copies the parts that it needs.
  virtual void Upsert(const Json& object) = 0;
  // The object is gone.
  virtual void Remove(const ObjectKey& key) = 0;
  // The list is complete: all objects not upserted since BeginList are gone. A
  // list that fails half-way has no EndList: its objects count, and all others
  // stay, until the next list.
  virtual void EndList() = 0;
};

}  // namespace evroc::shim

#endif  // SHIM_KUBE_REFLECTOR_SINK_H_

// Where a Reflector puts the objects of its resource, one by one, so that
// neither needs all of them at once.
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

  // A list begins: each object that exists now follows by Upsert.
  virtual void BeginList() = 0;
  // The object is so now. The sink takes what it needs and forgets the rest.
  virtual void Upsert(const Json& object) = 0;
  // The object is gone.
  virtual void Remove(const ObjectKey& key) = 0;
  // The list is complete: what was known before it and was not upserted since
  // BeginList is gone. A list that fails half-way has no EndList: what it
  // brought counts, what it did not bring stays, until the next BeginList.
  virtual void EndList() = 0;
};

}  // namespace evroc::shim

#endif  // SHIM_KUBE_REFLECTOR_SINK_H_

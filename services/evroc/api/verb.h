// The operations of a Collection as values.

#ifndef SERVICES_EVROC_API_VERB_H_
#define SERVICES_EVROC_API_VERB_H_

namespace evroc::cloud {

enum class Verb { kGet, kList, kCreate, kUpdate, kDelete, kWatch };

}  // namespace evroc::cloud

#endif  // SERVICES_EVROC_API_VERB_H_

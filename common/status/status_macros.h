// Early returns on errors of absl::Status and absl::StatusOr.

#ifndef COMMON_STATUS_STATUS_MACROS_H_
#define COMMON_STATUS_STATUS_MACROS_H_

#include <utility>

#include "absl/status/status.h"

#define EVROC_RETURN_IF_ERROR(expression)          \
  do {                                             \
    absl::Status evroc_status_ = (expression);     \
    if (!evroc_status_.ok()) return evroc_status_; \
  } while (false)

#define EVROC_CONCAT_INNER_(a, b) a##b
#define EVROC_CONCAT_(a, b) EVROC_CONCAT_INNER_(a, b)

// NOLINTBEGIN(bugprone-macro-parentheses): a declaration takes none.
// `declaration` receives the value. A type with a comma in it needs an alias.
#define EVROC_ASSIGN_OR_RETURN(declaration, expression)                    \
  EVROC_ASSIGN_OR_RETURN_(EVROC_CONCAT_(evroc_or_, __LINE__), declaration, \
                          expression)
#define EVROC_ASSIGN_OR_RETURN_(result, declaration, expression) \
  auto result = (expression);                                    \
  if (!result.ok()) return result.status();                      \
  declaration = *std::move(result)
// NOLINTEND(bugprone-macro-parentheses)

#endif  // COMMON_STATUS_STATUS_MACROS_H_

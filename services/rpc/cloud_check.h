// Says where a connection leads to, and checks that this is the cloud that a
// request expects (ADR 28). Stateless functions.

#ifndef SERVICES_RPC_CLOUD_CHECK_H_
#define SERVICES_RPC_CLOUD_CHECK_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/time/call_context.h"
#include "evroc/common/v1/resources.pb.h"
#include "services/evroc/connection/connection.h"

namespace evroc::cloud {

// Objects of ExpectedCloud beside virtual machines, each of which may cost a
// call.
inline constexpr int kMaxExpectedObjects = 64;

// As far as it is known without a call.
common::v1::CloudIdentity KnownIdentityOf(const Connection& connection);

// Asks the cloud for the project's UID if the last answer is older than
// `max_age`. Errors of ProjectUid::Get.
absl::StatusOr<common::v1::CloudIdentity> IdentityOf(
    const CallContext& context, const Connection& connection, absl::Time now,
    absl::Duration max_age);

// What proves that the connection, which leads to `seen`, is what is expected.
// Looks into the cloud only if identities prove nothing. INVALID_ARGUMENT for
// too many objects; errors of the reads where one of them could have been a
// proof.
absl::StatusOr<common::v1::CloudProof> Prove(
    const CallContext& context, const Connection& connection,
    const common::v1::CloudIdentity& seen,
    const common::v1::ExpectedCloud& expected);

// OtherCloudError unless something proves it. Errors of both functions above.
absl::Status CheckCloud(const CallContext& context,
                        const Connection& connection,
                        const common::v1::ExpectedCloud& expected,
                        absl::Time now, absl::Duration max_age);

}  // namespace evroc::cloud

#endif  // SERVICES_RPC_CLOUD_CHECK_H_

// The TCP connections of this process. cpp-httplib does not give access to the
// socket that it serves, so it is looked up by the peer's port.

#ifndef TESTS_EVROC_SIM_SERVER_CONNECTIONS_H_
#define TESTS_EVROC_SIM_SERVER_CONNECTIONS_H_

namespace evroc::sim {

// Shuts down the connection accepted on `local_port` whose peer has
// `remote_port`; all connections accepted on `local_port` if that is 0.
void ShutDownConnections(int local_port, int remote_port);

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_SERVER_CONNECTIONS_H_

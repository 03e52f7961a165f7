// Package ports finds loopback ports for programs that can't choose one
// themselves.
package ports

import (
	"fmt"
	"net"
)

// Free returns n ports of 127.0.0.1 that are not in use. The kernel assigns
// none of them for the next minute, except to a program that asks for the
// number. That is enough time to start such programs.
func Free(n int) ([]int, error) {
	result := make([]int, 0, n)
	for range n {
		port, err := reserve()
		if err != nil {
			return nil, fmt.Errorf("finding a free port: %w", err)
		}
		result = append(result, port)
	}
	return result, nil
}

// reserve leaves a closed connection in TIME_WAIT on the listening side, so
// that the kernel does not assign its port to another socket.
func reserve() (int, error) {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer listener.Close()
	client, err := net.Dial("tcp4", listener.Addr().String())
	if err != nil {
		return 0, err
	}
	defer client.Close()
	server, err := listener.Accept()
	if err != nil {
		return 0, err
	}
	if err := server.Close(); err != nil {
		return 0, err
	}
	return listener.Addr().(*net.TCPAddr).Port, nil
}

package ports

import (
	"fmt"
	"net"
	"testing"
)

func TestFreePortsDifferAndCanBeListenedOn(t *testing.T) {
	found, err := Free(20)
	if err != nil {
		t.Fatal(err)
	}
	for _, port := range found {
		listener, err := net.Listen("tcp4", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			t.Fatalf("port %d was said to be free: %v", port, err)
		}
		defer listener.Close()
	}
}

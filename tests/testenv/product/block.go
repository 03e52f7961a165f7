package product

import (
	"errors"
	"fmt"
	"net"
	"os"
)

// Blocks are 127.X.0.0/16 with X in this range. Programs without a block use
// lower addresses.
const (
	firstBlock = 100
	lastBlock  = 250
)

// block is a part of loopback that belongs to one test environment.
type block struct {
	cidr string
	lock net.Listener
}

// claimBlock finds a block that no other test environment has. The claim is a
// socket without a file, so it ends with this process.
func claimBlock() (*block, error) {
	const count = lastBlock - firstBlock + 1
	for i := range count {
		number := firstBlock + (os.Getpid()+i)%count
		name := fmt.Sprintf("@evroc-testenv-data-plane-%d", number)
		lock, err := net.Listen("unix", name)
		if err == nil {
			return &block{fmt.Sprintf("127.%d.0.0/16", number), lock}, nil
		}
	}
	return nil, errors.New("every block of loopback addresses is taken")
}

func (b *block) release() { _ = b.lock.Close() }

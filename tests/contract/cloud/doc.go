// Package cloud is the contract suite of Evroc Cloud: each sentence of
// docs/evroc-api.md B.1 to B.9 that can be observed from outside is a case that
// runs over HTTP. It knows nothing of this repository but how evroc-sim is
// started, against which it runs by default. With a real account it says where
// the text, and with it the simulator, is wrong: docs/cloud-contract.md.
package cloud

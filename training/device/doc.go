// Package device is where a network's numbers live and its operations run. There is one
// device now, the CPU; another joins by implementing [Device] for the same specs, and no
// caller of an operation changes.
package device

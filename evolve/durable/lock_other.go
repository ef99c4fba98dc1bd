//go:build !unix

package durable

// Lock does nothing where folders cannot be locked.
func Lock(string) (unlock func(), err error) { return func() {}, nil }

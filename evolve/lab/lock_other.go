//go:build !unix

package lab

// lock does nothing where folders cannot be locked.
func lock(string) (unlock func(), err error) { return func() {}, nil }

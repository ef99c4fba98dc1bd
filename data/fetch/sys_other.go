//go:build !unix

package fetch

// lock does nothing where files cannot be locked.
func lock(string) (unlock func(), err error) { return func() {}, nil }

// diskFull is never true where the system has no such error number.
func diskFull(error) bool { return false }

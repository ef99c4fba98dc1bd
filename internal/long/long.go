// Package long leaves tests out of the race pass, which takes ten times as long as the plain one.
package long

import "testing"

// Test skips a test in the race pass (go test -short), where it takes long and runs nothing in parallel that shorter
// tests do not.
func Test(t testing.TB) {
	t.Helper()
	if testing.Short() {
		t.Skip("left out of the race pass: nothing in it runs in parallel that shorter tests do not")
	}
}

// Package opencltest opens OpenCL for tests of what runs on it.
package opencltest

import (
	"os"
	"testing"

	"github.com/amoeba-nas/amoeba/training/device/gpu"
	"github.com/amoeba-nas/amoeba/training/device/opencl"
	"github.com/amoeba-nas/amoeba/training/kernel"
)

// Main runs the tests of a package. PoCL keeps what it compiled where POCL_CACHE_DIR says; where nobody said it, the
// tests leave nothing in the user's folder.
func Main(m *testing.M) {
	dir, err := os.MkdirTemp("", "pocl")
	if err != nil {
		panic(err)
	}
	if os.Getenv("POCL_CACHE_DIR") == "" {
		os.Setenv("POCL_CACHE_DIR", dir)
	}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// Driver opens the first device there is. Where there is none the test is skipped; it fails where AMOEBA_WANT_OPENCL
// is 1.
func Driver(tb testing.TB) gpu.Driver {
	tb.Helper()
	found, failed := opencl.Find()
	if len(found) == 0 {
		if os.Getenv("AMOEBA_WANT_OPENCL") == "1" {
			tb.Fatalf("no OpenCL: %s", opencl.Missing(failed))
		}
		tb.Skipf("no OpenCL: %s", opencl.Missing(failed))
	}
	d, err := found[0].Open()
	if err != nil {
		tb.Fatal(err)
	}
	return d
}

// Open is the first device there is, as [Driver] says, until the test ends.
func Open[T kernel.Float](tb testing.TB) *gpu.Device[T] {
	tb.Helper()
	d, err := gpu.Open[T](Driver(tb))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := d.Close(); err != nil {
			tb.Error(err)
		}
	})
	return d
}

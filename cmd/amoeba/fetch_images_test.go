package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/amoeba-nas/amoeba/internal/shared"
)

// MNIST comes by HTTP, its kept files are not fetched again, and one that was altered is.
func TestFetchImages(t *testing.T) {
	shared.Need(t, raw)
	t.Parallel()
	from, err := filepath.Abs(filepath.Join(filepath.Dir(raw), "mnist"))
	if err != nil {
		t.Fatal(err)
	}
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		if !strings.HasPrefix(r.URL.Path, "/mnist/") {
			http.NotFound(w, r)
			return
		}
		http.ServeFile(w, r, filepath.Join(from, path.Base(r.URL.Path)))
	}))
	t.Cleanup(server.Close)
	dir := t.TempDir()
	fetch := func(name string) (out, errs string) {
		cmd := amoeba(t, dir, "data", "fetch", name)
		cmd.Env = append(cmd.Env, "AMOEBA_MIRROR="+server.URL)
		var stdout, stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		_ = cmd.Run() // the texts say it
		return stdout.String(), stderr.String()
	}
	want := "mnist 4 of 4: https://ossci-datasets.s3.amazonaws.com/mnist/t10k-labels-idx1-ubyte.gz ("
	if out, errs := fetch("mnist"); errs != "" || !strings.Contains(out, want) || !strings.Contains(out, "sha256 of the content c2069063") || asked.Load() != 4 {
		t.Fatalf("%s%s, asked %d times", out, errs, asked.Load())
	}
	sealed := filepath.Join(dir, "none", "images", "mnist.set")
	first, err := os.ReadFile(sealed)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "none", "sources", "mnist", "t10k-labels-idx1-ubyte.gz"), []byte("other"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, errs := fetch("mnist"); errs != "" || asked.Load() != 5 {
		t.Errorf("again: %s, asked %d times in all, want 5", errs, asked.Load())
	}
	if again, err := os.ReadFile(sealed); err != nil || !bytes.Equal(again, first) {
		t.Errorf("another file the second time: %v", err)
	}
	if _, errs := fetch("cifar10"); !strings.HasPrefix(errs, "amoeba: fetch "+server.URL+"/~kriz/cifar-10-binary.tar.gz: status 404") {
		t.Errorf("cifar10: %s", errs)
	}
	if out, errs := fetch("fashion-mnist"); !strings.Contains(errs, "/train-images-idx3-ubyte.gz: status 404") || strings.Contains(out, "wrote") {
		t.Errorf("fashion-mnist: %s%s", out, errs)
	}
}

package pickle

import (
	"compress/gzip"
	"io"
	"math"
	"os"
	"testing"

	"github.com/amoeba-nas/amoeba/internal/shared"
)

// A DataFrame as pandas writes it since 1.3, whose blocks are calls of a partial.
func TestDecodeLaterFrame(t *testing.T) {
	f, err := os.Open(shared.Path(t, "data", "raw", "NiccoloCavagnero+FreeREA", "cached_metrics", "nasbench101", "cifar10", "accuracies.pkl.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	v, err := Load(b, Limits{Allow: PandasGlobals})
	if err != nil {
		t.Fatal(err)
	}
	frame, err := DecodeFrame(v)
	if err != nil {
		t.Fatal(err)
	}
	best := 0.
	for i, x := range frame.Floats["accuracy"] {
		best = max(best, x)
		if frame.Floats["index"][i] != float64(i) {
			t.Fatalf("row %d has index %v", i, frame.Floats["index"][i])
		}
	}
	if frame.Rows != 423624 || math.Abs(best-94.3175752957662) > 1e-12 && math.Abs(best-.943175752957662) > 1e-12 {
		t.Errorf("%d rows, best %v, columns %d", frame.Rows, best, len(frame.Floats))
	}
}

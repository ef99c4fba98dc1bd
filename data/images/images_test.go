package images

import (
	"compress/gzip"
	"encoding/csv"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/internal/long"
	"github.com/amoeba-nas/amoeba/internal/shared"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// needShared imports a set into a folder of the test's own.
func needShared(t *testing.T, name string) (*Set, Split) {
	t.Helper()
	shared.Path(t, "data", name)
	t.Setenv("AMOEBA_DATA", t.TempDir())
	i, err := Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	s, err := i.Import(t.Context(), filepath.Join(shared.Dir, "data"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Write(); err != nil {
		t.Fatal(err)
	}
	opened, split, err := Open(name)
	if err != nil {
		t.Fatal(err)
	}
	if opened.Hash != s.Hash || s.Hash == "" || i.content != "" && s.Hash != i.content {
		t.Errorf("SHA-256 %s imported, %s opened, want %s", s.Hash, opened.Hash, i.content)
	}
	if state := i.Verify(); state.Err != nil || !state.Imported || state.Hash != s.Hash {
		t.Errorf("verify: %+v", state)
	}
	return opened, split
}

func digits(t testing.TB) (*Set, Split) {
	t.Helper()
	s, split, err := Open("digits")
	if err != nil {
		t.Fatal(err)
	}
	return s, split
}

func counts(s *Set, idx []int) []int {
	n := make([]int, s.Classes)
	for _, i := range idx {
		n[s.Label(i)]++
	}
	return n
}

func all(s *Set) []int {
	idx := make([]int, s.Len())
	for i := range idx {
		idx[i] = i
	}
	return idx
}

func TestDigits(t *testing.T) {
	s, _ := digits(t)
	if s.Len() != 1797 || s.C != 1 || s.H != 8 || s.W != 8 || s.Classes != 10 || s.Max != 16 {
		t.Fatalf("%d images, %+v", s.Len(), s)
	}
	if first := []byte{0, 0, 5, 13, 9, 1, 0, 0, 0, 0, 13, 15, 10, 15, 5, 0}; !slices.Equal(s.Image(0)[:16], first) {
		t.Errorf("first rows %v, want %v", s.Image(0)[:16], first)
	}
	// The class counts that scikit-learn documents for the set.
	if n, want := counts(s, all(s)), []int{178, 182, 177, 183, 181, 182, 181, 179, 174, 180}; !slices.Equal(n, want) {
		t.Errorf("classes %v, want %v", n, want)
	}
	if err := s.check(); err != nil {
		t.Error(err)
	}
	info, _ := Lookup("digits")
	if state := info.Verify(); state.Err != nil || !state.Imported || state.Hash != s.Hash {
		t.Errorf("verify: %+v", state)
	}
	if _, err := info.Import(t.Context(), "."); !errors.Is(err, evolve.ErrInvalid) {
		t.Errorf("import: %v", err)
	}
}

func TestDigitsAsPublished(t *testing.T) {
	file, err := os.Open(shared.Path(t, "data", "digits8x8", "digits.csv.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	z, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(z).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	s, _ := digits(t)
	if len(rows) != s.Len() {
		t.Fatalf("%d rows, want %d", len(rows), s.Len())
	}
	for i, row := range rows {
		for k, text := range row {
			got := s.Label(i)
			if k < 64 {
				got = int(s.Image(i)[k])
			}
			if text != strconv.Itoa(got) {
				t.Fatalf("row %d, column %d: %s, have %d", i, k, text, got)
			}
		}
	}
}

func TestMNIST(t *testing.T) {
	long.Test(t)
	s, split := needShared(t, "mnist")
	if s.Len() != 70000 || s.Label(0) != 5 || s.Label(1) != 0 || s.Label(2) != 4 || s.Label(3) != 1 || s.Label(4) != 9 {
		t.Errorf("%d images, labels %v", s.Len(), s.labels[:5])
	}
	if n, want := counts(s, split.Test), []int{980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009}; !slices.Equal(n, want) {
		t.Errorf("test classes %v, want %v", n, want)
	}
	checkSplit(t, s, split, 50000, 10000, 10000)
	official := all(s)[:60000]
	near(t, s.Norm(official), 1e-4, []float32{0.1307}, []float32{0.3081}) // the constants that are used everywhere
}

func TestFashionMNIST(t *testing.T) {
	long.Test(t)
	s, split := needShared(t, "fashion-mnist")
	checkSplit(t, s, split, 50000, 10000, 10000)
	if n := counts(s, all(s)); slices.Min(n) != 7000 || slices.Max(n) != 7000 {
		t.Errorf("classes %v, want 7000 each", n)
	}
	near(t, s.Norm(all(s)[:60000]), 1e-4, []float32{0.2860}, []float32{0.3530})
}

func TestCIFAR10JPEG(t *testing.T) {
	if testing.Short() {
		t.Skip("decodes 60,000 JPEG files")
	}
	s, split := needShared(t, "cifar10-jpeg")
	checkSplit(t, s, split, 45000, 5000, 10000)
	if n := counts(s, all(s)[:50000]); slices.Min(n) != 5000 || slices.Max(n) != 5000 {
		t.Errorf("training classes %v, want 5000 each", n)
	}
	if n := counts(s, split.Test); slices.Min(n) != 1000 || slices.Max(n) != 1000 {
		t.Errorf("test classes %v, want 1000 each", n)
	}
	if !strings.Contains(s.Lossy, "JPEG quality 75") {
		t.Errorf("lossy: %q", s.Lossy)
	}
	// Decoders differ in the upsampling of colours, which leaves the means almost alone.
	near(t, s.Norm(all(s)[:50000]), 5e-4, []float32{0.4912, 0.4820, 0.4464}, nil)
}

func near(t *testing.T, n Norm, tol float64, mean, std []float32) {
	t.Helper()
	for c := range mean {
		if math.Abs(float64(n.Mean[c]-mean[c])) > tol {
			t.Errorf("channel %d: mean %v, want %v", c, n.Mean[c], mean[c])
		}
	}
	for c := range std {
		if math.Abs(float64(n.Std[c]-std[c])) > tol {
			t.Errorf("channel %d: deviation %v, want %v", c, n.Std[c], std[c])
		}
	}
}

func TestNorm(t *testing.T) {
	s := tiny(2, 1, 2, []byte{0, 4, 7, 7, 8, 4, 7, 7, 255, 255, 0, 0}, 0, 1, 0)
	s.Max = 8
	n := s.Norm([]int{0, 1}) // 0 4 8 4 and 7 7 7 7
	near(t, n, 1e-7, []float32{0.5, 0.875}, []float32{float32(math.Sqrt(8) / 8), 1})
	if n := s.Norm(nil); n.Mean[0] != 0 || n.Std[0] != 1 {
		t.Errorf("of nothing: %v", n)
	}
}

// tiny is a set of a few images of c x h x w.
func tiny(c, h, w int, pixels []byte, labels ...uint8) *Set {
	s := &Set{Name: "tiny", C: c, H: h, W: w, Classes: 10, Max: 255, pixels: pixels, labels: labels, train: len(labels)}
	s.Hash = s.sum()
	return s
}

func TestNames(t *testing.T) {
	if names := Names(); !slices.IsSorted(names) || len(names) != 6 || len(Sets()) != 6 {
		t.Errorf("names %v", names)
	}
	t.Setenv("AMOEBA_DATA", t.TempDir())
	for _, i := range Sets() {
		if i.Labels != nil && len(i.Labels) != i.Classes {
			t.Errorf("%s: %d names of %d classes", i.Name, len(i.Labels), i.Classes)
		}
		if i.Embedded() {
			continue
		}
		_, _, err := Open(i.Name)
		if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), i.Name+".set") || !strings.Contains(err.Error(), "SHA-256 ") || !strings.Contains(err.Error(), "run amoeba data ") {
			t.Errorf("%s: %v", i.Name, err)
		}
		if s := i.Verify(); s.Imported || s.Err != nil || s.Path == "" {
			t.Errorf("%s: %+v", i.Name, s)
		}
	}
	if _, _, err := Open("mnst"); !errors.Is(err, evolve.ErrUnknown) || !strings.Contains(err.Error(), `did you mean "mnist"?`) {
		t.Error(err)
	}
}

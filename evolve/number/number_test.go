package number

import (
	"encoding/json"
	"math"
	"slices"
	"testing"
)

func TestThose(t *testing.T) {
	all := []int{1, 2, 3, 6, 7, 8, 9, 10, 11, 12, 13, 14}
	for n, want := range map[int]string{1: "run 1", 3: "runs 1, 2, 3", 10: "runs 1, 2, 3, 6, 7, 8, 9, 10, 11, 12",
		12: "runs 1, 2, 3, 6, 7, 8, 9, 10, 11, 12 and 2 more"} {
		if got := Those("run", all[:n]); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestSplit(t *testing.T) {
	for list, want := range map[string][]string{"": {""}, "0.2+40": {"0.2", "40"}, "1e+06+2": {"1e+06", "2"},
		"1E+2+1e+3": {"1E+2", "1e+3"}, "e+1": {"e", "1"}, "1+": {"1", ""}, "+": {"", ""}} {
		if got := Split(list); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", list, got, want)
		}
	}
}

func TestCount(t *testing.T) {
	for n, want := range map[int]string{0: "0 epochs", 1: "1 epoch", 2: "2 epochs"} {
		if got := Count(n, "epoch"); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
}

func TestGrouped(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 15625: "15,625", 423624: "423,624", 1234567: "1,234,567", -100: "-100", -1000: "-1,000"} {
		if got := Grouped(n); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
}

func TestNull(t *testing.T) {
	for _, c := range []struct {
		x           float64
		full, short string
	}{
		{94.37333331, "94.37333331", "94.373333"}, {0, "0", "0"}, {1e-7, "1e-7", "1e-07"},
		{math.NaN(), "null", "null"}, {math.Inf(-1), "null", "null"}, {math.Inf(1), "null", "null"},
	} {
		if b, err := json.Marshal(Nullable(c.x)); err != nil || string(b) != c.full {
			t.Errorf("%g: %s, %v, want %s", c.x, b, err, c.full)
		}
		if b, err := json.Marshal(Short(c.x)); err != nil || string(b) != c.short {
			t.Errorf("%g: %s, %v, want %s", c.x, b, err, c.short)
		}
	}
	var xs []Nullable
	if err := json.Unmarshal([]byte("[1.5,null,-2]"), &xs); err != nil || len(xs) != 3 || xs[0] != 1.5 || xs[1] == xs[1] || xs[2] != -2 {
		t.Errorf("%v, %v", xs, err)
	}
	if err := json.Unmarshal([]byte(`["1"]`), &xs); err == nil {
		t.Error("a text is read as a number")
	}
}

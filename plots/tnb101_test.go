package plots

import (
	"slices"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve/space"
)

func TestTNB101Micro(t *testing.T) {
	g := drawn(t, "tnb101-micro", "64-41414-1_02_333")[0]
	want := "input, 1, 2, output\n0>1 skip_connect, 0>2! none, 1>2 nor_conv_1x1, 0>3 nor_conv_3x3, 1>3 nor_conv_3x3, 2>3 nor_conv_3x3"
	if got := describe(g); got != want || g.Title != "64-41414-1_02_333" {
		t.Errorf("%s: %s\nwant\n%s", g.Title, got, want)
	}
	want = "input, 1!, 2, output\n0>1! none, 0>2 nor_conv_3x3, 1>2! nor_conv_3x3, 0>3! none, 1>3! nor_conv_3x3, 2>3 skip_connect"
	if got := describe(drawn(t, "tnb101-micro", "033031")[0]); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

// TestTNB101MicroCells: the cells without a pool of NAS-Bench-201 are these, so that the
// drawings differ in the title alone.
func TestTNB101MicroCells(t *testing.T) {
	for i := range (space.TNB101Micro{}).Size() {
		a := space.TNB101Micro{}.At(i)
		if got, want := describe(tnb101MicroCell(a)[0]), describe(nb201Cell(a)[0]); got != want {
			t.Fatalf("%s:\n%s\nwant\n%s", a, got, want)
		}
	}
}

func TestTNB101Macro(t *testing.T) {
	for text, want := range map[string]string{
		"64-1234-basic":   "input, stem/64 channels, module 1/64 channels, module 2/128 channels, module 3/128 channels/stride 2, module 4/256 channels/stride 2, output\n0>1, 1>2, 2>3, 3>4, 4>5, 5>6",
		"64-413131-basic": "input, stem/64 channels, module 4/128 channels/stride 2, module 1/128 channels, module 3/128 channels/stride 2, module 1/128 channels, module 3/128 channels/stride 2, module 1/128 channels, output\n0>1, 1>2, 2>3, 3>4, 4>5, 5>6, 6>7, 7>8",
	} {
		g := drawn(t, "tnb101-macro", text)[0]
		if got := describe(g); got != want || g.Title != text {
			t.Errorf("%s: %s\nwant\n%s", g.Title, got, want)
		}
	}
	if got, want := kinds(drawn(t, "tnb101-macro", "1234")[0]), []string{"", "conv", "conv", "reduction", "reduction"}; !slices.Equal(got, want) {
		t.Errorf("kinds %q, want %q", got, want)
	}
}

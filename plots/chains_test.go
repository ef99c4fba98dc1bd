package plots

import (
	"fmt"
	"strings"
	"testing"
)

func TestChains(t *testing.T) {
	for _, c := range []struct{ space, text, labels, kinds string }{
		{
			"macro", "22212220",
			"MB6 5×5/stride 2, MB6 5×5, MB6 5×5/stride 2, MB3 3×3, MB6 5×5, MB6 5×5/stride 2, MB6 5×5, identity",
			"large large large conv large large large skip",
		},
		{
			"macro", "00000001", // identity cannot change the resolution at layers 1, 3 and 6
			"conv 1×1/stride 2, identity, conv 1×1/stride 2, identity, identity, conv 1×1/stride 2, identity, MB3 3×3",
			"small skip small skip skip small skip conv",
		},
		{
			"channel", "1234123",
			"group 1/width 1 of 4, group 2/width 2 of 4, group 3/width 3 of 4, group 4/width 4 of 4, group 5/width 1 of 4, group 6/width 2 of 4, group 7/width 3 of 4",
			"conv conv conv conv conv conv conv",
		},
		{
			"size", "8:16:24:56:64",
			"stem/8 channels, cell/8 channels, residual/16 channels/stride 2, cell/24 channels, residual/56 channels/stride 2, cell/64 channels",
			" conv reduction conv reduction conv",
		},
		{
			"mnas", "6531631045201511653163414310",
			"MB6 5×5/3 layers/SE, MB6 3×3/1 layer, MB4 5×5/2 layers, MB1 5×5/1 layer/SE, MB6 5×5/3 layers/SE, MB6 3×3/4 layers/SE, MB4 3×3/1 layer",
			"large conv large large large conv conv",
		},
	} {
		g := drawn(t, c.space, c.text)[0]
		if g.Title != c.text {
			t.Errorf("%s: title %q, want %q", c.space, g.Title, c.text)
		}
		var edges []string
		for i := range strings.Count(c.labels, ", ") + 2 {
			edges = append(edges, fmt.Sprintf("%d>%d", i, i+1))
		}
		if got, want := describe(g), "input, "+c.labels+", output\n"+strings.Join(edges, ", "); got != want {
			t.Errorf("%s %s:\n%s\nwant\n%s", c.space, c.text, got, want)
		}
		if got := strings.Join(kinds(g), " "); got != c.kinds {
			t.Errorf("%s %s: kinds %q, want %q", c.space, c.text, got, c.kinds)
		}
	}
}

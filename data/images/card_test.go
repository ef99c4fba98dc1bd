package images

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
)

// The counts of the embedded digits: 1,797 images, of which every class has about a tenth in every split.
func TestCard(t *testing.T) {
	c, err := NewCard("digits")
	if err != nil {
		t.Fatal(err)
	}
	var sum Class
	for l, k := range c.Classes {
		if k.Label != l || k.Train < 100 || k.Val < 30 || k.Test < 30 {
			t.Errorf("%+v", k)
		}
		sum.Train, sum.Val, sum.Test = sum.Train+k.Train, sum.Val+k.Val, sum.Test+k.Test
	}
	if sum.Train != 1079 || sum.Val != 359 || sum.Test != 359 || len(c.Classes) != 10 || c.Shape != [3]int{1, 8, 8} {
		t.Errorf("%+v of %d classes, shape %v", sum, len(c.Classes), c.Shape)
	}
	var b strings.Builder
	if err := c.Sheet().WriteText(&b); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		"digits · UCI optical digits: 1,797 images of 1 x 8 x 8 in 10 classes\n",
		"  pixels     0..16, training mean 0.3053, deviation 0.3760\n",
		"\n  class  training  validation  test\n  all       1,079         359   359\n  0 ",
	} {
		if !strings.Contains(b.String(), line) {
			t.Errorf("no %q in\n%s", line, b.String())
		}
	}
	text, err := json.Marshal(c)
	if err != nil || !strings.Contains(string(text), `"splits":{"test":359,"train":1079,"val":359}`) {
		t.Errorf("%s, %v", text, err)
	}
	if _, err := NewCard("digts"); !errors.Is(err, evolve.ErrUnknown) {
		t.Errorf("a set that is not known: %v", err)
	}
}

package grid

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amoeba-nas/amoeba/evolve"
)

func ExampleParse() {
	g, err := Parse("asha,eta=3,inner=(regevo,population=10|25,sample=2|5)")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, at := range Places(g.Axes) {
		fmt.Println(at, g.Spec(at))
	}
	// Output:
	// [0 0] asha,eta=3,inner=(regevo,population=10,sample=2)
	// [0 1] asha,eta=3,inner=(regevo,population=10,sample=5)
	// [1 0] asha,eta=3,inner=(regevo,population=25,sample=2)
	// [1 1] asha,eta=3,inner=(regevo,population=25,sample=5)
}

// What stands between | are values, wherever the grammar of specs has a value, and what stands in quotes is one text.
func TestParse(t *testing.T) {
	for _, c := range []struct {
		text string
		axes []Axis
		want []string
	}{
		{"a,k=1|2", []Axis{{"k", []string{"1", "2"}}}, []string{"a,k=1", "a,k=2"}},
		{"a,k= 1 | 2 ,l=3", []Axis{{"k", []string{"1", "2"}}}, []string{"a,k=1,l=3", "a,k=2,l=3"}},
		{`a:"x|y,",k="p|q"|r`, []Axis{{"k", []string{`"p|q"`, "r"}}}, []string{`a:"x|y,",k="p|q"`, `a:"x|y,",k=r`}},
		{`a,k="p\"|q"|r`, []Axis{{"k", []string{`"p\"|q"`, "r"}}}, []string{`a,k="p\"|q"`, `a,k=r`}},
		{"a:x|y,k=1|2", []Axis{{"k", []string{"1", "2"}}}, []string{"a:x|y,k=1", "a:x|y,k=2"}},
		{"a,i=(b,k=1|2)|c|(d)", []Axis{{"i", []string{"(b,k=1)", "(b,k=2)", "c", "(d)"}}},
			[]string{"a,i=(b,k=1)", "a,i=(b,k=2)", "a,i=c", "a,i=(d)"}},
		{"a,i=(b,j=(c,k=1|2)),l=x|y", []Axis{{"i.j.k", []string{"1", "2"}}, {"l", []string{"x", "y"}}},
			[]string{"a,i=(b,j=(c,k=1)),l=x", "a,i=(b,j=(c,k=1)),l=y", "a,i=(b,j=(c,k=2)),l=x", "a,i=(b,j=(c,k=2)),l=y"}},
	} {
		g, err := Parse(c.text)
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		var got []string
		for _, at := range Places(g.Axes) {
			got = append(got, g.Spec(at))
		}
		if diff := cmp.Diff(c.axes, g.Axes); diff != "" {
			t.Errorf("%s: axes (-want +got):\n%s", c.text, diff)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.text, diff)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"a":                      "no option has several values: want NAME,option=VALUE|VALUE…",
		"a|b":                    "no option has several values",
		"a,k=1||2":               "k: value 2 of 3 is empty",
		"a,k=1|":                 "k: value 2 of 2 is empty",
		"a,k=1|2|1":              "k=1 is given twice",
		"X=a,k=1|2":              `"X=a": a short name is that of one algorithm`,
		"a,k=1|2,k=3":            "k is given twice",
		"a,k=(b,l=1|2":           "no closing one",
		"a,k=1|2)":               "closes nothing",
		`a,k="1|2`:               "no option has several values",
		`a,k=1|"2`:               "no closing quote",
		"a,k=" + nums(257):       "more than 256 ",
		"a,k=1|2,l=" + nums(200): "more than 256 settings",
		"a,k=(b,l=" + nums(20) + ",m=" + nums(20) + ")|c": "more than 256 settings",
		"a,k=1|2" + strings.Repeat(",i=(b", 20):           "within each other",
	} {
		_, err := Parse(text)
		if !errors.Is(err, evolve.ErrInvalid) || !strings.Contains(fmt.Sprint(err), want) {
			t.Errorf("%.40s: got %v, want %q", text, err, want)
		}
	}
}

func nums(n int) string {
	var all []string
	for i := range n {
		all = append(all, fmt.Sprint(i))
	}
	return strings.Join(all, "|")
}

// Whatever is read gives as many specs as the axes have combinations, no two alike; each is read again or refused by
// the grammar of specs alone, and a spec that has no | in any value is no grid.
func FuzzParse(f *testing.F) {
	for _, text := range []string{"a,k=1|2", `a:"x",k="p|q"|r`, "a,i=(b,k=1|2)|c", "a,k=1||2", "a,k=(b,l=1|2", `a,k="\`, "a,,k=1|2"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		g, err := Parse(text)
		if err != nil {
			if !errors.Is(err, evolve.ErrInvalid) {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		size := 1
		for _, a := range g.Axes {
			size *= len(a.Values)
		}
		var all []string
		for _, at := range Places(g.Axes) {
			all = append(all, g.Spec(at))
		}
		slices.Sort(all)
		if n := len(slices.Compact(all)); n != size || size < 2 || size > MaxSettings {
			t.Fatalf("%q: %d specs of %d combinations", text, n, size)
		}
	})
}

package lab

import (
	"reflect"
	"testing"
	"unicode/utf8"

	"github.com/amoeba-nas/amoeba/evolve"
)

// FuzzSpecYAML holds that experiment.yaml carries the names of files and the values of options as they are, whatever
// they contain.
func FuzzSpecYAML(f *testing.F) {
	for _, text := range []string{"a,b.csv", `"`, `\"`, " a ", "a: b", "# a", "'", "é\n", "- a", "|", "a\tb", "\xff", "\r\n", "\U000e0001", "(", ")", "(a)", "=", "x)y"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, value string) {
		s := Default()
		s.Seeds = 1
		s.Benchmark = evolve.Spec{Name: "table", Variant: value}.String()
		s.Algos = []string{evolve.Spec{Name: "a", Set: []evolve.Setting{{Key: "k", Value: value + "v"}}}.String()}
		inner := "(" + s.Algos[0] + ")"
		s.Algos = append(s.Algos, "RE="+s.Algos[0], evolve.Spec{Name: "b", Set: []evolve.Setting{{Key: "inner", Value: inner}}}.String())
		if !utf8.ValidString(value) {
			if s.writable() == nil {
				t.Fatalf("%q: is no UTF-8 and said to be written", value)
			}
			return
		}
		text := (&Experiment{Spec: s}).YAML()
		if got, err := ReadSpec("e.yaml", text); err != nil || !reflect.DeepEqual(got, s) {
			t.Fatalf("%q: written as\n%s\nread as %+v, %v", value, text, got, err)
		}
	})
}

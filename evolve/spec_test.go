package evolve_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
)

func TestParseSpec(t *testing.T) {
	for _, c := range []struct {
		text string
		want evolve.Spec
		bad  string // what the error names
	}{
		{"regevo", evolve.Spec{Name: "regevo"}, ""},
		{"nb201:cifar10", evolve.Spec{Name: "nb201", Variant: "cifar10"}, ""},
		{"nb201:", evolve.Spec{Name: "nb201"}, ""},
		{"a:b:c", evolve.Spec{Name: "a", Variant: "b:c"}, ""},
		{"regevo,population=50,sample=10", evolve.Spec{Name: "regevo", Set: []evolve.Setting{{Key: "population", Value: "50"}, {Key: "sample", Value: "10"}}}, ""},
		{"nb201:cifar10,permute=7", evolve.Spec{Name: "nb201", Variant: "cifar10", Set: []evolve.Setting{{Key: "permute", Value: "7"}}}, ""},
		{"a,file=x=y", evolve.Spec{Name: "a", Set: []evolve.Setting{{Key: "file", Value: "x=y"}}}, ""},
		{`table:"a,b.csv"`, evolve.Spec{Name: "table", Variant: "a,b.csv"}, ""},
		{`table:"a,\"b\"\\.csv",val= 1 , test="x=y, z" ,n=2`, evolve.Spec{Name: "table", Variant: `a,"b"\.csv`,
			Set: []evolve.Setting{{Key: "val", Value: "1"}, {Key: "test", Value: "x=y, z"}, {Key: "n", Value: "2"}}}, ""},
		{`command:"python3 s.py --layers 1,2",space=nb201`, evolve.Spec{Name: "command", Variant: "python3 s.py --layers 1,2", Set: []evolve.Setting{{Key: "space", Value: "nb201"}}}, ""},
		{"command:python3 s.py --lr=0.1 'a b'", evolve.Spec{Name: "command", Variant: "python3 s.py --lr=0.1 'a b'"}, ""},
		{"asha,inner=(command:python3 s.py )", evolve.Spec{Name: "asha", Set: []evolve.Setting{{Key: "inner", Value: "(command:python3 s.py)"}}}, ""},
		{`table:a"b".csv`, evolve.Spec{Name: "table", Variant: `a"b".csv`}, ""},
		{`table:C:\x\y.csv`, evolve.Spec{Name: "table", Variant: `C:\x\y.csv`}, ""},
		{`table:"a,b.csv`, evolve.Spec{}, `has no closing quote`},
		{`table:"a,b.csv\"`, evolve.Spec{}, `has no closing quote`},
		{`table:"a"b.csv`, evolve.Spec{}, `"b.csv" follows a closing quote`},
		{`table:"C:\x"`, evolve.Spec{}, `\x within quotes: want \" for a quote or \\ for a backslash`},
		{`table:""`, evolve.Spec{}, `nothing stands between the quotes`},
		{`a,k=""`, evolve.Spec{}, `k: nothing stands between the quotes`},
		{`table:a,b.csv`, evolve.Spec{}, `"b.csv" is not key=value; a name or a value with a comma stands in double quotes`},
		{"asha,inner=(regevo,population=20),eta=3", evolve.Spec{Name: "asha", Set: []evolve.Setting{{Key: "inner", Value: "(regevo,population=20)"}, {Key: "eta", Value: "3"}}}, ""},
		{"a, k = ( b:c , l = ( d ) , m=1 ) , n=2", evolve.Spec{Name: "a", Set: []evolve.Setting{{Key: "k", Value: "(b:c,l=(d),m=1)"}, {Key: "n", Value: "2"}}}, ""},
		{`a,k=(b:"c,)(\\d",l="e)",m="f")`, evolve.Spec{Name: "a", Set: []evolve.Setting{{Key: "k", Value: `(b:"c,)(\\d",l="e)",m=f)`}}}, ""},
		{`a:"x(1).csv",k="(b)",l="(b",m="( b)"`, evolve.Spec{Name: "a", Variant: "x(1).csv",
			Set: []evolve.Setting{{Key: "k", Value: "(b)"}, {Key: "l", Value: "(b"}, {Key: "m", Value: "( b)"}}}, ""},
		{strings.Repeat("a,k=(", 16) + "b" + strings.Repeat(")", 16), evolve.Spec{Name: "a", Set: []evolve.Setting{{Key: "k",
			Value: "(" + strings.Repeat("a,k=(", 15) + "b" + strings.Repeat(")", 16)}}}, ""},
		{"asha,inner=(regevo,population=20", evolve.Spec{}, `inner: the parenthesis at character 12 has no closing one`},
		{"é,k=(b,l=(c)", evolve.Spec{}, `k: the parenthesis at character 5 has no closing one`},
		{"asha,inner=regevo)", evolve.Spec{}, `the parenthesis at character 18 closes nothing; a name or a value with a parenthesis stands in double quotes`},
		{"asha,inner=(regevo)),k=1", evolve.Spec{}, "the parenthesis at character 20 closes nothing"},
		{"a,k=b(c", evolve.Spec{}, "the parenthesis at character 6 begins no value"},
		{"a,k=(b(c))", evolve.Spec{}, "k: the parenthesis at character 7 begins no value"},
		{"table:x(1).csv", evolve.Spec{}, "the parenthesis at character 8 begins no value; a name or a value with a parenthesis stands in double quotes"},
		{"(a)", evolve.Spec{}, "a name is missing"},
		{"a)", evolve.Spec{}, "the parenthesis at character 2 closes nothing"},
		{"a,k=()", evolve.Spec{}, "k: a name is missing"},
		{"a,k=((b))", evolve.Spec{}, "k: a name is missing"},
		{"a,k=(b)c", evolve.Spec{}, `k: "c" follows a closing parenthesis, want a comma or the end`},
		{"a,k=(b,l)", evolve.Spec{}, `k: "l" is not key=value; several names in one value have + between them: b+l`},
		{"a,k=(b,l=1,l=2)", evolve.Spec{}, "k: l is given twice"},
		{`a,k=(b,l="c)`, evolve.Spec{}, `k: l: "c) has no closing quote`},
		{strings.Repeat("a,k=(", 17) + "b" + strings.Repeat(")", 17), evolve.Spec{}, "the parenthesis at character 85 is within 16 others"},
		{"", evolve.Spec{}, "a name is missing"},
		{":cifar10", evolve.Spec{}, "a name is missing"},
		{",k=v", evolve.Spec{}, "a name is missing"},
		{"a,", evolve.Spec{}, `"" is not key=value`},
		{"a,k", evolve.Spec{}, `"k" is not key=value`},
		{"a,k=", evolve.Spec{}, `"k=" is not key=value`},
		{"a,=v", evolve.Spec{}, `"=v" is not key=value`},
		{"a,k=1,,l=2", evolve.Spec{}, `"" is not key=value`},
		{"a,k=1,k=2", evolve.Spec{}, "k is given twice"},
	} {
		got, err := evolve.ParseSpec(c.text)
		if c.bad != "" {
			if !errors.Is(err, evolve.ErrInvalid) || !strings.Contains(err.Error(), c.bad) {
				t.Errorf("%q: %v, want ErrInvalid that says %s", c.text, err, c.bad)
			}
		} else if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%q: %+v, %v; want %+v", c.text, got, err, c.want)
		}
	}
}

func FuzzParseSpec(f *testing.F) {
	for _, text := range []string{"", "regevo", "nb201:cifar10,permute=7,source=table", "a:", "a:b:c", "a,k=v=w", "a,k=1,k=2", ":,=\x00",
		`table:"a,b.csv",val="x\"\\", n=1`, `a:"`, `a,k="x"y`, `a,k= "x"`,
		"a,k=(b:c,l=(d,m= 1 ),n=2),o=3", `a,k=(b:"c)",l="(d",m="(e)")`, "a,k=(b", "a,k=b)", `a,k="(b,l=\"(c,m=1)\")"`, "a,k=(b:,l=(c:))"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := evolve.ParseSpec(text)
		if err != nil {
			if !errors.Is(err, evolve.ErrInvalid) {
				t.Fatalf("%q: %v, want ErrInvalid", text, err)
			}
			return
		}
		again, err := evolve.ParseSpec(s.String())
		if err != nil || !reflect.DeepEqual(s, again) {
			t.Fatalf("%q is %+v, printed as %q it is %+v, %v", text, s, s.String(), again, err)
		}
		bare := func(text string) string {
			text = strings.NewReplacer(`"`, "", `\`, "").Replace(strings.Join(strings.Fields(text), ""))
			return strings.TrimSuffix(strings.NewReplacer(":,", ",", ":)", ")").Replace(text), ":")
		}
		if got := bare(s.String()); got != bare(text) {
			t.Fatalf("%q prints as %q: only space, quotes and empty variants may go", text, s.String())
		}
	})
}

// FuzzSpecString holds that a variant and values of any bytes are printed so that they are read back.
func FuzzSpecString(f *testing.F) {
	for _, text := range []string{"a,b.csv", `"`, `\`, `\"`, " a ", "a=b:c", "é\n\x00", "nb201", "(a)", "(a,k=(b))", "( a)", "(a", "a)", `(a:"b)")`} {
		f.Add(text, text)
	}
	f.Fuzz(func(t *testing.T, variant, value string) {
		s := evolve.Spec{Name: "table", Variant: variant}
		if value != "" { // an option without a value is none
			s.Set = []evolve.Setting{{Key: "k", Value: value}, {Key: "l", Value: "1"}}
			s.Set = append(s.Set, evolve.Setting{Key: "m", Value: "(" + s.String() + ")"})
		}
		if got, err := evolve.ParseSpec(s.String()); err != nil || !reflect.DeepEqual(got, s) {
			t.Fatalf("%+v prints as %s, which is read as %+v, %v", s, s, got, err)
		}
	})
}

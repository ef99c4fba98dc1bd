package report

import (
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/data/papers"
)

// Five claims of one thesis are counted and stand below it, in their order, though others stand between; the others
// have a line each.
func TestTheses(t *testing.T) {
	claim := func(x, thesis, holds string) papers.Verdict {
		return papers.Verdict{Claim: x + " says", Experiment: x, Thesis: thesis, Holds: holds, Result: "r" + x, Source: "p. 3"}
	}
	var b strings.Builder
	if err := writeClaims(&b, []papers.Verdict{
		claim("1", "apes climb", papers.Holds), claim("2", "", papers.Fails), claim("3", "apes climb", papers.Unjudged),
		claim("4", "apes climb", "skipped: amoeba data fetch x"), claim("5", "alone", papers.Holds),
		claim("6", "apes climb", papers.Holds), claim("7", "", papers.Holds), claim("8", "apes climb", papers.Unjudged),
	}); err != nil {
		t.Fatal(err)
	}
	want := `
Claims
  apes climb: holds in 2 of 5 experiments, cannot be judged in 2, skipped in 1; p. 3
    1  holds                         r1
    3  cannot be judged              r3
    4  skipped: amoeba data fetch x  r4
    6  holds                         r6
    8  cannot be judged              r8
  2 says: does not hold (r2); p. 3
  5 says: holds (r5); p. 3
  7 says: holds (r7); p. 3
`
	if got := b.String(); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

func TestAsPrinted(t *testing.T) {
	for x, want := range map[float64]string{0.546: "0.546", 93.92: "93.92", 0.8: "0.80", 100: "100.00", -0.04: "-0.04"} {
		if got := asPrinted(x); got != want {
			t.Errorf("%g: %q, want %q", x, got, want)
		}
	}
}

package number

import (
	"math"
	"testing"
)

func TestPrinted(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	three := func(x float64) string { return Fixed(x, 3) }
	for _, c := range []struct{ got, want string }{
		{Fixed(1.23456, 3), "1.235"}, {Fixed(-inf, 1), "–"}, {Fixed(nan, 1), "–"}, {Fixed(Nullable(2), 0), "2"},
		{Fixed(-4e-4, 3), "0.000"}, {Fixed(-6e-4, 3), "-0.001"}, {Fixed(-.4, 0), "0"}, {Fixed(math.Copysign(0, -1), 1), "0.0"},
		{Signed(-4e-4, 3), "+0.000"}, {Signed(0.0, 3), "+0.000"}, {Signed(-1.5, 3), "-1.500"}, {Signed(nan, 3), "–"}, {Signed(inf, 3), "–"},
		{Plain(0.0, 3), "0.000"}, {Plain(1e-6, 3), "1e-6"}, {Plain(-.00012345, 3), "-0.0001234"}, {Plain(.001, 3), "0.001"}, {Plain(999999.0, 3), "999999.000"},
		{Plain(1e6, 3), "1e6"}, {Plain(-1e308, 4), "-1e308"}, {Plain(nan, 3), "–"}, {Plain(inf, 3), "–"}, {Plain(1.5, 4), "1.5000"},
		{PlusMinus(1, nan, three), "1.000"}, {PlusMinus(1.0, 2, three), "1.000 ± 2.000"}, {PlusMinus(nan, nan, three), "–"},
		{P(0.0), "<1e-300"}, {P(4e-320), "<1e-300"}, {P(2e-300), "2e-300"}, {P(3.2e-12), "3e-12"}, {P(.04567), "0.0457"}, {P(1.0), "1.0000"}, {P(nan), "–"},
		{Rate(12.0), "12"}, {Rate(1234.0), "1 k"}, {Rate(4567890.0), "4.57 M"}, {Rate(inf), "–"},
		{Seconds(0.0), "0"}, {Seconds(.0123456), "0.0123"}, {Seconds(2.0), "2"}, {Seconds(99.44), "99.4"}, {Seconds(99.96), "100"}, {Seconds(679258.4), "679258"},
		{Seconds(1e7), "10000000"}, {Seconds(nan), "–"},
		{Brief(0.0), "0"}, {Brief(1234.4), "1234"}, {Brief(-99999.0), "-99999"}, {Brief(1e6), "1e6"}, {Brief(1.2345e12), "1.23e12"},
		{Brief(.00012345), "0.000123"}, {Brief(1.5e-7), "1.5e-7"}, {Brief(12.3456), "12.3"}, {Brief(nan), "–"}, {Brief(inf), "–"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

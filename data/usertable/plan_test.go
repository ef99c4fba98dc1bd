package usertable

import "testing"

func TestListed(t *testing.T) {
	for want, ns := range map[string][]int{
		"1":                                {1},
		"1, 2, 3, 4, 5, 6, 7, 8, 9, 10":    {1, 2, 3, 4, 5, 6, 7, 8, 9, 10},
		"1, 2, 3, 4, 5, 6, 7, 8, 9, …, 20": {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20},
	} {
		if got := Listed(ns); got != want {
			t.Errorf("%v: %q, want %q", ns, got, want)
		}
	}
}

package space

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/internal/long"
	"github.com/amoeba-nas/amoeba/internal/shared"
)

const mnasText = `{"block0_e":6,"block0_k":3,"block0_l":1,"block0_se":false,"block1_e":4,"block1_k":5,"block1_l":2,"block1_se":true,` +
	`"block2_e":6,"block2_k":3,"block2_l":3,"block2_se":false,"block3_e":6,"block3_k":5,"block3_l":3,"block3_se":false,` +
	`"block4_e":6,"block4_k":5,"block4_l":2,"block4_se":false,"block5_e":1,"block5_k":3,"block5_l":4,"block5_se":false,` +
	`"block6_e":1,"block6_k":3,"block6_l":2,"block6_se":false}`

const mnasGenome = "6310" + "4521" + "6330" + "6530" + "6520" + "1340" + "1320"

func TestMnasParse(t *testing.T) {
	with := func(old, new string) string { return strings.Replace(mnasText, old, new, 1) }
	parses(t, Mnas{}, []struct{ text, want, bad string }{
		{mnasText, mnasGenome, ""},
		{mnasGenome, mnasGenome, ""},
		{strings.NewReplacer(":", ": ", ",", ",\n ").Replace(mnasText), mnasGenome, ""},
		{`{"block6_se":false,` + with(`,"block6_se":false`, "")[1:], mnasGenome, ""},
		{"", "", "a genome has 28 characters, this has 0"},
		{mnasGenome + "0", "", "this has 29"},
		{"2" + mnasGenome[1:], "", "character 1 is '2', want one of 146"},
		{"{}", "", "block0_e is missing"},
		{"{", "", "EOF"},
		{"{1:2}", "", "invalid character '1'"},
		{mnasText + " x", "", "something follows the object"},
		{mnasText[:len(mnasText)-1], "", "EOF"},
		{with(`"block3_k":5,`, ""), "", "block3_k is missing"},
		{with("block3_k", "block2_k"), "", "byte 194: block2_k is there twice"},
		{with("block3_k", "block7_k"), "", `unknown key "block7_k", want block0_e to block6_se`},
		{with(`"block0_e":6`, `"block0_e":5`), "", `byte 13: block0_e is "5", want one of 1, 4, 6`},
		{with(`"block0_e":6`, `"block0_e":6.0`), "", `block0_e is "6.0"`},
		{with(`"block0_e":6`, `"block0_e":"6"`), "", `block0_e is "6", want one of 1, 4, 6`},
		{with(`"block0_e":6`, `"block0_e":{"x":1}`), "", `block0_e is "{"`},
		{with(`"block0_e":6`, `"block0_e":null`), "", `block0_e is "<nil>"`},
		{with(`"block4_l":2`, `"block4_l":4`), "", `block4_l is "4", want one of 1, 2, 3`},
		{with(`"block0_se":false`, `"block0_se":0`), "", `block0_se is "0", want one of false, true`},
		{with(`"block0_k":3`, `"block0_k":true`), "", `block0_k is "true", want one of 3, 5`},
	})
	if got := (Mnas{}).Format(mnasGenome); got != mnasText {
		t.Errorf("printed as %s", got)
	}
}

// Every recorded network is in the space, and every value of every decision occurs.
func TestMnasTable(t *testing.T) {
	long.Test(t)
	f, err := os.Open(shared.Path(t, "data", "accel-nasbench", "anb.jsonl.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	sc, rows := bufio.NewScanner(z), 0
	var seen [28][256]bool
	for ; sc.Scan(); rows++ {
		var v struct{ Architecture json.RawMessage }
		if err := json.Unmarshal(sc.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		a, err := Mnas{}.Parse(string(v.Architecture))
		if err != nil {
			t.Fatal(err)
		}
		for i := range a {
			seen[i][a[i]] = true
		}
	}
	if err := sc.Err(); err != nil || rows != 5138 {
		t.Errorf("%d networks, %v; want 5138", rows, err)
	}
	for i, c := range mnasDigits.decisions {
		for _, char := range []byte(c.chars) {
			if !seen[i][char] {
				t.Errorf("%s never has the value %c", mnasKey(i), char)
			}
		}
	}
}

func TestMnasIsNotListed(t *testing.T) {
	if _, ok := evolve.Space(Mnas{}).(evolve.Enumerable); ok {
		t.Error("a space of 1e11 networks offers to list them")
	}
}

func FuzzMnasParse(f *testing.F) {
	fuzzParse(f, []evolve.Space{Mnas{}}, "", "{}", mnasText, mnasGenome, `{"block0_e":{"x":[1]}}`, `{"block0_e":1,"block0_e":1}`, mnasText+"{")
}

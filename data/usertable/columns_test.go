package usertable

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

const mapped = "id,arch_str,valid_acc,a+b,secs,epochs,run,val\n7,0000,50,60,1,9,0,3\n8,0001,70,80,2,9,1,4\n9,0001,90,95,3,9,2,5\n"

// A table whose columns have other names says what it says under ours, in either format.
func TestColumns(t *testing.T) {
	o := bits4
	want := mustRead(t, "t.csv", "id,arch,val,test,cost,fidelity,seed\n7,0000,50,60,1,9,0\n8,0001,70,80,2,9,1\n9,0001,90,95,3,9,2\n", o)
	o.Columns = "val:valid_acc+arch:arch_str+test:a+b+cost:secs+fidelity:epochs+seed:run"
	got := mustRead(t, "t.csv", mapped, o)
	if note := `column "val" is ignored: "valid_acc" is read as it`; !slices.Contains(got.Notes, note) {
		t.Errorf("%q, want %q", got.Notes, note)
	}
	got.Notes = slices.DeleteFunc(got.Notes, func(n string) bool { return strings.Contains(n, "is ignored") })
	same(t, want, got)

	fields := []field{{"arch_str", archs().node, []any{"0000", "0001"}}, doubles("valid_acc", 50., 70.), doubles("run", 0., 1.)}
	o.Columns = "val:valid_acc+arch:arch_str+seed:run"
	tables, errs := both(t, o, fields...)
	if errs["csv"] != nil || errs["parquet"] != nil {
		t.Fatal(errs)
	}
	same(t, tables["csv"], tables["parquet"])
	// Two columns may change their names.
	o.Columns = "val:test+test:val"
	got = mustRead(t, "t.csv", "arch,val,test\n0000,.25,.5\n", o)
	if got.Val(0, 0)[0] != .5 || got.Test(0, 0)[0] != .75 {
		t.Errorf("val %v, test %v", got.Val(0, 0), got.Test(0, 0))
	}
	// An error names the column as the file does.
	o.Columns = "val:acc"
	_, err := read("t.csv", "arch,acc\n0000,many\n", o)
	wantError(t, err, evolve.ErrInvalid, `t.csv:2: column "acc": "many" is no number`)
}

func TestColumnsErrors(t *testing.T) {
	const such = "; want such as val:valid_acc+arch:arch_str"
	for _, c := range []struct {
		columns, want string
		wraps         error
	}{
		{"val", `columns=val: "val" names no column` + such, evolve.ErrInvalid},
		{"val:", `columns=val:: val has no name` + such, evolve.ErrInvalid},
		{"val:a+val:b", `columns=val:a+val:b: val is there twice` + such, evolve.ErrInvalid},
		{"val:a+test:a", `columns=val:a+test:a: "a" is val and test` + such, evolve.ErrInvalid},
		{"vall:a", `columns=vall:a: column "vall": did you mean "val"? (known: arch, val, test, cost, fidelity, seed)`, evolve.ErrUnknown},
		{"val:valid_ac+arch:arch_str", `t.csv:1: columns=val:valid_ac: column "valid_ac": did you mean "valid_acc"? (known: id, arch_str, valid_acc, a+b, secs, epochs, run, val)`, evolve.ErrUnknown},
		{"seed:sed", `t.csv:1: missing column "arch": did you mean it by "arch_str"? columns=arch:arch_str reads it so (there: id, arch_str, valid_acc, a+b, secs, epochs, run, val)`, evolve.ErrUnknown},
	} {
		o := bits4
		o.Columns = c.columns
		_, err := read("t.csv", mapped, o)
		wantError(t, err, c.wraps, "%s", c.want)
	}
}

// What the errors and notes of a header advise is followed, and read.
func TestHeaderAdvice(t *testing.T) {
	for _, header := range []string{"arch,accuracy", "Arch,val", "genotype,score", "arch,val,epochs", "arch,val,time", "cell,acc,test_acc", "a,b", "arch,b"} {
		o, names := bits4, strings.Split(header, ",")
		text := header + "\n0000" + strings.Repeat(",1", len(names)-1) + "\n"
		for range names {
			got, err := read("t.csv", text, o)
			said := fmt.Sprint(err)
			if err == nil {
				said = strings.Join(got.Notes, "\n")
			}
			advice := regexp.MustCompile(`columns=(\w+:\w+) reads`).FindStringSubmatch(said)
			if advice == nil {
				if err != nil {
					t.Errorf("%s: %v", header, err)
				}
				break
			}
			if o.Columns != "" {
				o.Columns += "+"
			}
			o.Columns += strings.Replace(advice[1], "NAME", "b", 1)
			if header == "a,b" {
				o.Columns = strings.Replace(o.Columns, "arch:b", "arch:a", 1)
			}
		}
		if got, err := read("t.csv", text, o); err != nil || len(got.Extra) > 0 {
			t.Errorf("%s with columns=%s: %v, %v", header, o.Columns, got, err)
		}
	}
}

// Semicolons and tabs separate columns as commas do, told by the header line.
func TestSeparators(t *testing.T) {
	o := Options{Space: space.NB201{}}
	want := mustRead(t, "t.csv", cells, o)
	for name, text := range map[string]string{
		"semicolons":     strings.ReplaceAll(cells, ",", ";"),
		"tabs":           strings.ReplaceAll(cells, ",", "\t"),
		"tabs, BOM":      "\ufeff" + strings.ReplaceAll(cells, ",", "\t"),
		"blank lines":    "\n\n" + strings.ReplaceAll(cells, ",", ";"),
		"gzip":           zipped(t, strings.ReplaceAll(cells, ",", ";")),
		"blanks":         strings.ReplaceAll(cells, ",", " ; "),
		"another in it":  strings.Replace(strings.ReplaceAll(cells, ",", ";"), "comment", "comment, text, more", 1),
		"quoted in it":   strings.Replace(strings.ReplaceAll(cells, ",", ";"), "comment", `"comment;, ,text"`, 1),
		"tabs and marks": strings.Replace(strings.ReplaceAll(cells, ",", "\t"), "slow", "slow; very, slow", 1),
	} {
		t.Run(name, func(t *testing.T) {
			got := mustRead(t, "t.csv", text, o)
			got.Notes = slices.Clone(want.Notes) // of the comment
			same(t, want, got)
		})
	}
	o = bits4
	for text, error := range map[string]string{
		"arch|val\n0000|1\n":          `t.csv:1: missing column "arch"; columns=arch:NAME reads another as it (there: arch|val)`,
		"a;b;c,d\n":                   `t.csv:1: missing column "arch"; columns=arch:NAME reads another as it (there: a, b, c,d)`,
		"arch;vall;comment,x,y,z,w\n": `t.csv:1: missing column "arch"; columns=arch:NAME reads another as it (there: arch;vall;comment, x, y, z, w)`,
	} {
		_, err := read("t.csv", text, o)
		wantError(t, err, evolve.ErrUnknown, "%s", error)
	}
	// The names of a map tell the separator as well.
	o.Columns = "val:acc"
	if got := mustRead(t, "t.csv", "arch;acc;a,b,c,d\n0000;.5;\n", o); got.Val(0, 0)[0] != .5 {
		t.Errorf("%+v", got)
	}
}

func FuzzColumns(f *testing.F) {
	for _, text := range []string{"", NoColumns, "val:valid_acc+arch:arch_str", "val:a+b+test:c", "val", ":", "+", "val:a:b", "val:+", "seed: x +cost:y"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		theirs, err := parseColumns(text)
		if err != nil {
			if theirs != nil || !strings.HasPrefix(err.Error(), "columns="+text) {
				t.Fatalf("%v, %v", theirs, err)
			}
			return
		}
		// Written again it says the same, unless a name looks like a part of its own.
		var parts []string
		for _, ours := range roleNames {
			if name, ok := theirs[roleNamed(ours)]; ok {
				if name == "" || name != strings.TrimSpace(name) {
					t.Fatalf("%q is %q", ours, name)
				}
				parts = append(parts, ours+":"+name)
			}
		}
		again, err := parseColumns(strings.Join(parts, "+"))
		if d := cmp.Diff(theirs, again); err != nil || d != "" {
			t.Fatalf("%q: %v, %s", text, err, d)
		}
	})
}

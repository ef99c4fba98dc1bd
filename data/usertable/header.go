package usertable

import (
	"fmt"
	"slices"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
)

// role is what a column is for.
type role uint8

const (
	further role = iota // numbers that the package has no name for
	ignored
	roleArch
	roleVal
	roleTest
	roleCost
	roleFidelity
	roleSeed
)

// roleNames are the columns that mean something, in the order of their roles and as errors list them.
var roleNames = []string{"arch", "val", "test", "cost", "fidelity", "seed"}

// roleNamed is the role of the column of a name, further for any other.
func roleNamed(name string) role {
	if i := slices.Index(roleNames, name); i >= 0 {
		return roleArch + role(i)
	}
	return further
}

// String is the name that a role's column has in a file.
func (r role) String() string {
	if r < roleArch {
		return ""
	}
	return roleNames[r-roleArch]
}

// column is a column while it is read.
type column struct {
	name     string
	role     role
	values   []float64 // of val, test, cost and further ones, by row; NaN for an empty cell
	texts    bool      // of Parquet: its cells are text, which may say numbers
	some     bool      // not all cells are empty
	unpaired int       // numbers of test whose run failed
	odd      error     // the first cell of a further column that is too large or infinite
}

func (c *column) numeric() bool {
	return c.role == further || c.role == roleVal || c.role == roleTest || c.role == roleCost
}

// header takes the names of the columns. In CSV they are the first line.
func (b *builder) header(names []string) error {
	if n := len(names); n > maxColumns {
		return fmt.Errorf("%s%d columns, at most %d are read: %w", b.top(), n, maxColumns, evolve.ErrInvalid)
	}
	at := map[string]int{}
	for i, name := range names {
		c := column{name: name, role: b.roleOf(name)}
		if first, twice := at[name]; twice && name != "" {
			return fmt.Errorf("%scolumn %q is there twice, as columns %d and %d: %w",
				b.top(), name, first+1, i+1, evolve.ErrInvalid)
		}
		at[name] = i
		if name == "" {
			c.role = ignored
			b.note("column %d has no name and is ignored", i+1)
		}
		b.columns = append(b.columns, c)
	}
	if err := b.lacking(names); err != nil {
		return err
	}
	for i, name := range names {
		if like := meant(name); like != "" && b.columns[i].role == further && !b.has(roleNamed(like)) {
			b.note("column %q counts as a further one; did you mean %q? columns=%s:%s reads it so",
				name, like, like, name)
		}
	}
	return nil
}

// missing names a column that must be there and what may have been meant by it.
func (b *builder) missing(want string, names []string) error {
	for _, name := range names {
		if meant(name) == want {
			return fmt.Errorf("%smissing column %q: did you mean it by %q? columns=%s:%s reads it so (there: %s): %w",
				b.top(), want, name, want, name, strings.Join(names, ", "), evolve.ErrUnknown)
		}
	}
	return fmt.Errorf("%smissing column %q; columns=%s:NAME reads another as it (there: %s): %w",
		b.top(), want, want, strings.Join(names, ", "), evolve.ErrUnknown)
}

// synonyms are names that tables elsewhere have for our columns.
var synonyms = map[string]string{
	"architecture": "arch", "genotype": "arch", "genome": "arch", "cell": "arch", "arch_str": "arch",
	"accuracy": "val", "acc": "val", "valid": "val", "validation": "val", "val_acc": "val", "val_accuracy": "val",
	"score":    "val",
	"test_acc": "test", "test_accuracy": "test",
	"time": "cost", "seconds": "cost", "runtime": "cost", "train_time": "cost",
	"epoch": "fidelity", "epochs": "fidelity", "budget": "fidelity",
}

// meant is the column that another name may stand for, "" for none.
func meant(name string) string {
	if roleNamed(name) != further {
		return "" // or is ignored for another that is read as it
	}
	low := strings.ToLower(name)
	if like, ok := synonyms[low]; ok {
		return like
	}
	for _, like := range roleNames {
		if oneEdit(low, like) {
			return like
		}
	}
	return ""
}

// oneEdit says whether one character changed, added or left out, or none, makes b of a.
func oneEdit(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	switch len(b) - len(a) {
	case 0:
		return i == len(a) || a[i+1:] == b[i+1:]
	case 1:
		return a[i:] == b[i+1:]
	}
	return false
}

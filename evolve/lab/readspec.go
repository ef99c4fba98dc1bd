package lab

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"github.com/amoeba-nas/amoeba/evolve"
)

// The keys of experiment.yaml, and those of them that are whole numbers.
var (
	specKeys = []string{"benchmark", "algos", "seeds", "trials", "budget", "full", "total_epochs", "overshoot",
		"epochs", "workers", "cluster", "record", "fidelity_rule", "incumbent", "seed"}
	specInts = []string{"seeds", "trials", "total_epochs", "epochs", "workers", "seed"}
)

// What the values of keys are, for errors.
var specWants = map[string]string{
	"benchmark": "a text", "algos": "a list of texts, or of {label: NAME, algo: TEXT}", "seeds": "a whole number",
	"trials": "a whole number", "budget": "a number of seconds", "full": "a number of full trainings",
	"total_epochs": "a whole number", "overshoot": "drop or count",
	"epochs": "a whole number", "workers": "a whole number",
	"cluster": "a text, slow=lognormal:0.5,fail=0.01 and the like", "record": "incumbents, all or none",
	"seed": "a whole number, 0 to 2⁶⁴-1", "fidelity_rule": "highest or any", "incumbent": "observed or searcher",
	"": "what the key takes",
}

// keyAt is the key whose value stands on a line; "" when it is none of ours.
func keyAt(text []byte, line int) string {
	lines := strings.Split(string(text), "\n")
	for i := min(line, len(lines)) - 1; i >= 0; i-- {
		if key, _, ok := strings.Cut(lines[i], ":"); ok && slices.Contains(specKeys, key) {
			return key
		}
	}
	return ""
}

// The parser's time and memory grow faster than its input; an experiment takes a few lines.
const maxSpec = 1 << 15

// ReadSpec reads experiment.yaml over the defaults. Keys are strict: an unknown one is an
// error with the file, the line and the nearest known. Seeds that are not given stay 0, as their
// default depends on the benchmark.
func ReadSpec(name string, text []byte) (Spec, error) {
	s := Default()
	s.Seeds = math.MinInt
	if len(text) > maxSpec {
		return s, fmt.Errorf("%s: %d bytes, want an experiment of at most %d: %w",
			name, len(text), maxSpec, evolve.ErrInvalid)
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff")) // of editors that write one
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		return s, located(name, text, err)
	}
	if len(file.Docs) == 0 || file.Docs[0].Body == nil {
		return s, fmt.Errorf("%s: empty, want at least one key (known: %s): %w",
			name, strings.Join(specKeys, ", "), evolve.ErrInvalid)
	}
	body := file.Docs[0].Body
	if len(file.Docs) > 1 {
		return s, fmt.Errorf("%s: %d YAML documents, want one experiment: %w", name, len(file.Docs), evolve.ErrInvalid)
	}
	if err := plain(name, body); err != nil {
		return s, err
	}
	if err := unfold(name, body); err != nil {
		return s, err
	}
	if err := yaml.NodeToValue(body, &s, yaml.Strict()); err != nil {
		return s, located(name, text, err)
	}
	switch {
	case s.Seeds == math.MinInt:
		s.Seeds = 0
	case s.Seeds < 1:
		return s, In(name, text, fewSeeds(s.Seeds))
	}
	return s, nil
}

func fewSeeds(n int) error {
	return &KeyError{"seeds", "",
		fmt.Errorf("seeds %d: want a whole number, 1 to %d: %w", n, MaxSeeds, evolve.ErrInvalid)}
}

// plain refuses YAML that the decoder mishandles: keys that are no names, fractions for whole numbers, tags, and
// anchors, which can expand without bound.
func plain(name string, body ast.Node) error {
	bad := func(n ast.Node, format string, v ...any) error {
		return fmt.Errorf("%s:%d: %w", name, n.GetToken().Position.Line,
			fmt.Errorf(format+": %w", append(v, evolve.ErrInvalid)...))
	}
	for _, t := range []ast.NodeType{ast.AnchorType, ast.AliasType, ast.MergeKeyType, ast.TagType} {
		if found := ast.Filter(t, body); len(found) > 0 {
			return bad(found[0], "an anchor, alias, merge key or tag: write the value out")
		}
	}
	m, ok := body.(ast.MapNode)
	if !ok {
		return nil // the decoder's complaint says what it is
	}
	for it := m.MapRange(); it.Next(); {
		key, ok := it.Key().(*ast.StringNode)
		if !ok {
			return bad(it.Key(), "key %s is no name (known: %s)", it.Key(), strings.Join(specKeys, ", "))
		}
		switch v := it.Value(); v.Type() {
		case ast.NullType:
			return bad(v, "%s has no value", key.Value)
		case ast.IntegerType:
		default:
			if slices.Contains(specInts, key.Value) {
				return bad(v, "%s: %s is not a whole number", key.Value, v)
			}
		}
	}
	return nil
}

// unfold turns the entries of algos that are mappings, {label: RE, algo: 'regevo,population=100'}, into texts.
func unfold(name string, body ast.Node) error {
	m, ok := body.(ast.MapNode)
	if !ok {
		return nil // the decoder's complaint says what it is
	}
	for it := m.MapRange(); it.Next(); {
		list, ok := it.Value().(*ast.SequenceNode)
		if key, isName := it.Key().(*ast.StringNode); !ok || !isName || key.Value != "algos" {
			continue
		}
		for i, entry := range list.Values {
			fields, ok := entry.(ast.MapNode)
			if !ok {
				continue
			}
			text, err := labelled(fields)
			if err != nil {
				return fmt.Errorf("%s:%d: %w", name, entry.GetToken().Position.Line, err)
			}
			list.Values[i] = ast.String(token.String(text, text, entry.GetToken().Position))
		}
	}
	return nil
}

// labelled is the text of an algorithm that a file has as a mapping.
func labelled(fields ast.MapNode) (string, error) {
	known := []string{"label", "algo"}
	values := map[string]string{}
	for it := fields.MapRange(); it.Next(); {
		key, ok := it.Key().(*ast.StringNode)
		if !ok || !slices.Contains(known, key.Value) {
			return "", evolve.Unknown("key of an algorithm", it.Key().String(), known)
		}
		switch v := it.Value().(type) {
		case *ast.StringNode:
			values[key.Value] = v.Value
		case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode: // 1.50 and the like, as they stand there
			values[key.Value] = v.GetToken().Value
		default:
			return "", fmt.Errorf("%s of an algorithm: want a text: %w", key.Value, evolve.ErrInvalid)
		}
	}
	spec, ok := values["algo"]
	if !ok {
		return "", fmt.Errorf("an algorithm without algo, want {label: NAME, algo: 'NAME[,key=value…]'}: %w",
			evolve.ErrInvalid)
	}
	label, ok := values["label"]
	if !ok {
		return spec, nil
	}
	if err := validLabel(label); err != nil {
		return "", err
	}
	if given, _, err := CutLabel(spec); err != nil {
		return "", err
	} else if given != "" {
		return "", fmt.Errorf("algo %q has the short name %q and the label %q: want one: %w",
			spec, given, label, evolve.ErrInvalid)
	}
	return label + "=" + spec, nil
}

// located says where in the file the YAML library found a fault.
func located(name string, text []byte, err error) error {
	line := 1
	var at yaml.Error
	if errors.As(err, &at) && at.GetToken() != nil && at.GetToken().Position != nil {
		line = at.GetToken().Position.Line
	}
	var unknown *yaml.UnknownFieldError
	switch {
	case errors.As(err, &unknown):
		err = evolve.Unknown("key", unknown.Token.Value, specKeys)
	case at != nil && strings.Contains(at.GetMessage(), "cannot unmarshal"):
		key := keyAt(text, line)
		err = fmt.Errorf("%s: want %s: %w", key, specWants[key], evolve.ErrInvalid)
	case at != nil && strings.Contains(at.GetMessage(), "found character"):
		err = fmt.Errorf("YAML is indented by spaces, not by tabs: %w", evolve.ErrInvalid)
	case at != nil && strings.Contains(at.GetMessage(), "mapping is expected"):
		err = fmt.Errorf("want keys and values (known keys: %s): %w", strings.Join(specKeys, ", "), evolve.ErrInvalid)
	case at != nil:
		err = fmt.Errorf("%s: %w", at.GetMessage(), evolve.ErrInvalid)
	default:
		err = fmt.Errorf("%w: %w", err, evolve.ErrInvalid)
	}
	return fmt.Errorf("%s:%d: %w", name, line, err)
}

// ReadFile reads the text of an experiment from a file: to its end or, of a file that has none, more than ReadSpec
// takes. A shell's pipes, /dev/stdin and those of <(…), are files too; a pipe with a name of its own is refused, as
// nobody may ever write to it.
func ReadFile(path string) ([]byte, error) {
	if info, err := os.Stat(path); err == nil && info.Mode()&fs.ModeNamedPipe != 0 &&
		!strings.HasPrefix(path, "/dev/") && !strings.HasPrefix(path, "/proc/") {
		return nil, fmt.Errorf("%s: is a pipe, not a file: write to /dev/stdin instead: %w", path, evolve.ErrInvalid)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, 1<<20))
}

// WithoutEpochs is a benchmark's text without the schedule that it pins, so that another one can be chosen.
func WithoutEpochs(benchmark string) string {
	spec, err := evolve.ParseSpec(benchmark)
	if err != nil {
		return benchmark // opening it will say what is wrong
	}
	spec.Set = slices.DeleteFunc(spec.Set, func(kv evolve.Setting) bool { return kv.Key == "epochs" })
	return spec.String()
}

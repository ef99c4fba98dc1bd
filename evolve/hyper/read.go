package hyper

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/durable"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

func init() {
	evolve.Spaces.Register(evolve.Entry[evolve.Space]{
		Name: "hyper", File: true,
		Doc:   "hyper-parameters by a YAML file of yours, alone or beside the decisions of an architecture",
		Paper: "your own",
		New: func(o evolve.Options) (evolve.Space, error) {
			text, err := durable.ReadFile(o.Variant(), maxFile)
			if err != nil {
				return nil, err
			}
			return Read(o.Variant(), text)
		},
	})
}

// The parser's time and memory grow faster than its input: 64 KB of brackets take half a minute. A parameter takes a
// line.
const maxFile = 1 << 15

// The keys of a parameter and those of the entry of an architecture.
var (
	paramKeys = []string{"name", "type", "low", "high", "log", "choices", "if"}
	archKeys  = []string{"arch", "cell"}
)

// Read reads the text of a file, a list of parameters in YAML:
//
//	# an architecture space, or arch: nb201 and cell: '|nor_conv_3x3~0|+…', or a published cell by name
//	- arch: nb201
//	- {name: lr, type: float, low: 1e-4, high: 1, log: true}
//	- {name: optimizer, type: choice, choices: [sgd, adam]}
//	- {name: momentum, type: float, low: 0, high: 0.99, if: {optimizer: sgd}}
//
// An entry with arch comes first and may be left out. Reading is strict. Errors are one line that says file, line and
// key, and wrap ErrInvalid or ErrUnknown.
func Read(file string, text []byte) (*Space, error) {
	if len(text) > maxFile {
		return nil, fmt.Errorf("%s: %d bytes, want at most %d: %w", file, len(text), maxFile, evolve.ErrInvalid)
	}
	in := reader{file: file}
	doc, err := parser.ParseBytes(bytes.TrimPrefix(text, []byte("\ufeff")), 0)
	switch {
	case err != nil:
		return nil, in.located(err)
	case len(doc.Docs) > 1:
		return nil, fmt.Errorf("%s: %d YAML documents, want one list: %w", file, len(doc.Docs), evolve.ErrInvalid)
	case len(doc.Docs) == 0 || doc.Docs[0].Body == nil:
		return nil, fmt.Errorf("%s: empty, want a list of {name: NAME, type: %s, …}: %w", file,
			strings.Join(types, "|"), evolve.ErrInvalid)
	}
	list, ok := doc.Docs[0].Body.(*ast.SequenceNode)
	if !ok {
		return nil, in.bad(doc.Docs[0].Body, "want a list, - {name: NAME, type: %s, …}", strings.Join(types, "|"))
	}
	var params []Param
	var keys []map[string]ast.Node
	var arch evolve.Space
	var cell evolve.Arch
	for i, entry := range list.Values {
		known := paramKeys
		if i == 0 && has(entry, archKeys[0]) {
			known = archKeys
		}
		fields, err := in.fields(entry, known)
		if err != nil {
			return nil, err
		}
		if i == 0 && fields["arch"] != nil {
			if arch, cell, err = in.arch(fields); err != nil {
				return nil, err
			}
			continue
		}
		p, err := in.param(entry, fields)
		if err != nil {
			return nil, err
		}
		params, keys = append(params, p), append(keys, fields)
	}
	if len(params) == 0 {
		return nil, in.bad(list, "no parameter, want at least one")
	}
	s, err := joint("hyper", params, arch, cell)
	var f *fault
	if errors.As(err, &f) {
		at := keys[f.param][f.key]
		if at == nil {
			at = keys[f.param]["name"]
		}
		return nil, fmt.Errorf("%s:%d: %s: %w", file, line(at), params[f.param].Name, f.err)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return s, nil
}

// reader knows the file that its errors name.
type reader struct{ file string }

func line(n ast.Node) int {
	if n == nil || n.GetToken() == nil || n.GetToken().Position == nil {
		return 1
	}
	return n.GetToken().Position.Line
}

func (in reader) bad(n ast.Node, format string, v ...any) error {
	return in.at(n, fmt.Errorf(format+": %w", append(v, evolve.ErrInvalid)...))
}

func (in reader) at(n ast.Node, err error) error {
	return fmt.Errorf("%s:%d: %w", in.file, line(n), err)
}

// located says where the parser found a fault.
func (in reader) located(err error) error {
	var at yaml.Error
	if errors.As(err, &at) && at.GetToken() != nil && at.GetToken().Position != nil {
		return fmt.Errorf("%s:%d: %s: %w", in.file, at.GetToken().Position.Line,
			strings.Join(strings.Fields(at.GetMessage()), " "), evolve.ErrInvalid)
	}
	return fmt.Errorf("%s: %s: %w", in.file, strings.Join(strings.Fields(err.Error()), " "), evolve.ErrInvalid)
}

// has says whether an entry has a key.
func has(entry ast.Node, key string) bool {
	m, ok := entry.(ast.MapNode)
	if !ok {
		return false
	}
	for it := m.MapRange(); it.Next(); {
		if k, ok := it.Key().(*ast.StringNode); ok && k.Value == key {
			return true
		}
	}
	return false
}

// fields are the values of a mapping by their keys.
func (in reader) fields(entry ast.Node, known []string) (map[string]ast.Node, error) {
	m, ok := entry.(ast.MapNode)
	if !ok {
		return nil, in.bad(entry, "want {%s}", strings.Join(known, ", "))
	}
	all := map[string]ast.Node{}
	for it := m.MapRange(); it.Next(); {
		key, ok := it.Key().(*ast.StringNode)
		switch {
		case !ok:
			return nil, in.bad(it.Key(), "key %q: want a name (known: %s)", clip(it.Key().String()),
				strings.Join(known, ", "))
		case known != nil && !slices.Contains(known, key.Value):
			return nil, in.at(key, evolve.Unknown("key", key.Value, known))
		case all[key.Value] != nil:
			return nil, in.bad(key, "%s twice", key.Value)
		}
		all[key.Value] = it.Value()
	}
	return all, nil
}

// scalar is a text, an int64, a float64 or a bool.
func (in reader) scalar(key string, n ast.Node) (any, error) {
	switch v := n.(type) {
	case *ast.StringNode:
		return v.Value, nil
	case *ast.BoolNode:
		return v.Value, nil
	case *ast.FloatNode:
		if !math.IsInf(v.Value, 0) {
			return v.Value, nil
		}
	case *ast.IntegerNode:
		switch x := v.Value.(type) {
		case int64:
			return x, nil
		case uint64:
			if x <= math.MaxInt64 {
				return int64(x), nil
			}
		}
	}
	return nil, in.bad(n, "%s: want a text, a number, true or false", key)
}

// number is a value that is a number; one such as 1e-4, in which YAML wants a point and a sign, is read too.
func (in reader) number(key string, n ast.Node) (float64, error) {
	v, err := in.scalar(key, n)
	if err == nil {
		switch v := v.(type) {
		case int64:
			return float64(v), nil
		case float64:
			return v, nil
		case string:
			if x, ok := plainNumber(n, v); ok {
				return x, nil
			}
		}
	}
	return 0, in.bad(n, "%s: want a number", key)
}

// param reads the entry of a parameter.
func (in reader) param(entry ast.Node, fields map[string]ast.Node) (p Param, err error) {
	for _, x := range []struct {
		key string
		to  *string
	}{{"name", &p.Name}, {"type", &p.Type}} {
		n := fields[x.key]
		if n == nil {
			return p, in.bad(entry, "a parameter without %s", x.key)
		}
		text, ok := n.(*ast.StringNode)
		if !ok {
			return p, in.bad(n, "%s: want a text", x.key)
		}
		*x.to = text.Value
	}
	for _, x := range []struct {
		key string
		to  *float64
	}{{"low", &p.Low}, {"high", &p.High}} {
		n := fields[x.key]
		switch {
		case n == nil && (p.Type == Float || p.Type == Int):
			return p, in.bad(entry, "%s: no %s, which %s needs", p.Name, x.key, article(p.Type))
		case n == nil:
			continue
		case p.Type == Choice:
			return p, in.bad(n, "%s: %s: a choice has choices, no range", p.Name, x.key)
		}
		if *x.to, err = in.number(p.Name+": "+x.key, n); err != nil {
			return p, err
		}
	}
	if n := fields["log"]; n != nil {
		v, ok := n.(*ast.BoolNode)
		if !ok {
			return p, in.bad(n, "%s: log: want true or false", p.Name)
		}
		p.Log = v.Value
	}
	if n := fields["choices"]; n != nil {
		if p.Choices, err = in.list(p.Name+": choices", n); err != nil {
			return p, err
		}
	} else if p.Type == Choice {
		return p, in.bad(entry, "%s: no choices, which a choice needs", p.Name)
	}
	if n := fields["if"]; n != nil {
		of, err := in.fields(n, nil)
		if err != nil || len(of) != 1 {
			return p, in.bad(n, "%s: if: want {NAME: VALUE} or {NAME: [VALUE, …]}", p.Name)
		}
		for name, v := range of {
			p.If = &If{Name: name}
			if _, several := v.(*ast.SequenceNode); several {
				p.If.Values, err = in.list(p.Name+": if", v)
			} else {
				var one any
				one, err = in.scalar(p.Name+": if", v)
				p.If.Values = []any{one}
			}
			if err != nil {
				return p, err
			}
		}
	}
	return p, nil
}

// list is a list of scalars, not nil.
func (in reader) list(key string, n ast.Node) ([]any, error) {
	list, ok := n.(*ast.SequenceNode)
	if !ok {
		return nil, in.bad(n, "%s: want a list", key)
	}
	all := []any{}
	for _, v := range list.Values {
		x, err := in.scalar(key, v)
		if err != nil {
			return nil, err
		}
		if text, ok := x.(string); ok {
			if number, ok := plainNumber(v, text); ok {
				x = number
			}
		}
		all = append(all, x)
	}
	return all, nil
}

// arch reads the entry of an architecture: a space to search too, one of its cells, or a published one by name.
func (in reader) arch(fields map[string]ast.Node) (s evolve.Space, cell evolve.Arch, err error) {
	at := fields["arch"]
	name, ok := at.(*ast.StringNode)
	if !ok {
		return nil, "", in.bad(at, "arch: want a space or a published cell")
	}
	text := name.Value
	of, published, found := space.Published(text)
	if found {
		text = of
	}
	spec, err := evolve.ParseSpec(text)
	if err == nil && spec.Name == "hyper" {
		err = fmt.Errorf("a space of architectures, not one of hyper-parameters: %w", evolve.ErrInvalid)
	}
	if err == nil {
		s, _, err = evolve.Spaces.Open(spec)
	}
	if err != nil {
		return nil, "", in.at(at, fmt.Errorf("arch: %w", err))
	}
	n := fields["cell"]
	switch {
	case n == nil:
		return s, published, nil
	case found:
		return nil, "", in.bad(n, "cell: arch is a cell already")
	}
	v, err := in.scalar("cell", n)
	if err == nil {
		if cell, err = space.Read(s, Label(v)); err == nil {
			return s, cell, nil
		}
	}
	return nil, "", in.at(n, fmt.Errorf("cell: %w", err))
}

// plainNumber is the number that a text without quotes is: YAML reads 1e-4, which has no point, as a text.
func plainNumber(n ast.Node, text string) (float64, bool) {
	if n.GetToken().Type != token.StringType {
		return 0, false
	}
	x, err := strconv.ParseFloat(text, 64)
	return x, err == nil && !math.IsInf(x, 0) && !math.IsNaN(x)
}

package pickle

import "fmt"

var (
	pandasFrame   = Global{"pandas.core.frame", "DataFrame"}
	pandasManager = Global{"pandas.core.internals.managers", "BlockManager"}
	pandasIndex   = Global{"pandas.core.indexes.base", "_new_Index"}
	pandasBlock   = Global{"pandas.core.internals.blocks", "new_block"}
	pythonSlice   = Global{"builtins", "slice"}
)

// PandasGlobals are the names that a pickled pandas DataFrame uses.
var PandasGlobals = append([]Global{
	pandasFrame, pandasManager, pandasIndex, pandasBlock, pythonSlice, partial,
	{"pandas.core.indexes.base", "Index"}, {"pandas.core.indexes.range", "RangeIndex"},
}, NumpyGlobals...)

// Frame is a DataFrame. Each column is in one of Floats and Strings, under its name.
type Frame struct {
	Rows    int
	Floats  map[string][]float64
	Strings map[string][]string
}

// DecodeFrame reads a DataFrame whose blocks are those of pandas 0.14.1 and later 1.x,
// BlockManager state (axes, values, items, {"0.14.1": {axes, blocks}}), or those of later
// versions, BlockManager(blocks, axes) with each block new_block(values, columns).
func DecodeFrame(v any) (*Frame, error) {
	o, ok := v.(*Object)
	if !ok || o.Global != pandasFrame {
		return nil, fmt.Errorf("pandas: %s, want an object of %s", describe(v), pandasFrame)
	}
	blocks, axes, err := blocksOf(o)
	if err != nil {
		return nil, err
	}
	if len(axes.Items) != 2 {
		return nil, fmt.Errorf("pandas: %d axes, want 2", len(axes.Items))
	}
	names, err := columnNames(axes.Items[0])
	if err != nil {
		return nil, err
	}
	rows, err := rangeLength(axes.Items[1])
	if err != nil {
		return nil, err
	}
	f := &Frame{Rows: rows, Floats: map[string][]float64{}, Strings: map[string][]string{}}
	for _, b := range blocks {
		if err := f.addBlock(b, names); err != nil {
			return nil, err
		}
	}
	if have := len(f.Floats) + len(f.Strings); have != len(names) {
		return nil, fmt.Errorf("pandas: %d columns in blocks, the index names %d", have, len(names))
	}
	return f, nil
}

// blocksOf finds a DataFrame's blocks and axes.
func blocksOf(o *Object) (blocks []any, axes *List, err error) {
	if d, ok := o.State.(*Dict); ok {
		if v, ok := d.Get("_mgr"); ok {
			mgr, err := as[*Object](v, "pandas: _mgr")
			if err != nil {
				return nil, nil, err
			}
			if mgr.Global != pandasManager || len(mgr.Args) != 2 {
				return nil, nil, fmt.Errorf("pandas: _mgr is %s of %d, want %s of 2",
					describe(mgr), len(mgr.Args), pandasManager)
			}
			all, err := as[*Tuple](mgr.Args[0], "pandas: blocks")
			if err != nil {
				return nil, nil, err
			}
			axes, err = as[*List](mgr.Args[1], "pandas: axes")
			return all.Items, axes, err
		}
	}
	mgr, err := member[*Object](o.State, "_data")
	if err != nil {
		return nil, nil, err
	}
	state, ok := mgr.State.(*Tuple)
	if !ok || mgr.Global != pandasManager || len(state.Items) != 4 {
		return nil, nil, fmt.Errorf("pandas: _data is %s with state %s, want %s with a tuple of 4",
			describe(mgr), describe(mgr.State), pandasManager)
	}
	inner, err := member[*Dict](state.Items[3], "0.14.1")
	if err != nil {
		return nil, nil, err
	}
	if axes, err = member[*List](inner, "axes"); err != nil {
		return nil, nil, err
	}
	all, err := member[*List](inner, "blocks")
	if err != nil {
		return nil, nil, err
	}
	return all.Items, axes, nil
}

// columnNames reads _new_Index(Index, {"data": array of strings}).
func columnNames(v any) ([]string, error) {
	o, err := indexArgs(v)
	if err != nil {
		return nil, err
	}
	data, err := member[*Object](o, "data")
	if err != nil {
		return nil, err
	}
	a, err := DecodeArray(data)
	if err != nil {
		return nil, err
	}
	return asStrings(a.Objects, "column name")
}

// rangeLength reads _new_Index(RangeIndex, {"start": 0, "stop": n, "step": 1}).
func rangeLength(v any) (int, error) {
	d, err := indexArgs(v)
	if err != nil {
		return 0, err
	}
	var n [3]int64
	for i, key := range []string{"start", "stop", "step"} {
		if n[i], err = member[int64](d, key); err != nil {
			return 0, err
		}
	}
	if n[0] != 0 || n[1] < 0 || n[2] != 1 {
		return 0, fmt.Errorf("pandas: rows %d to %d by %d, want 0 to n by 1", n[0], n[1], n[2])
	}
	return int(n[1]), nil
}

func indexArgs(v any) (*Dict, error) {
	o, ok := v.(*Object)
	if !ok || o.Global != pandasIndex || len(o.Args) != 2 {
		return nil, fmt.Errorf("pandas: an axis is %s, want %s of 2", describe(v), pandasIndex)
	}
	return as[*Dict](o.Args[1], "pandas: index arguments")
}

// addBlock splits {"values": 2-d array, "mgr_locs": slice}, or new_block of the two, into its
// columns.
func (f *Frame) addBlock(v any, names []string) error {
	var values, locs *Object
	var err error
	if o, ok := v.(*Object); ok && o.Global == pandasBlock && len(o.Args) == 2 {
		values, _ = o.Args[0].(*Object)
		locs, _ = o.Args[1].(*Object)
		if values == nil || locs == nil {
			return fmt.Errorf("pandas: a block of %s and %s, want an array and a slice",
				describe(o.Args[0]), describe(o.Args[1]))
		}
	} else {
		if values, err = member[*Object](v, "values"); err != nil {
			return err
		}
		if locs, err = member[*Object](v, "mgr_locs"); err != nil {
			return err
		}
	}
	a, err := DecodeArray(values)
	if err != nil {
		return err
	}
	if locs.Global != pythonSlice || len(locs.Args) != 3 {
		return fmt.Errorf("pandas: block columns are %s, want a slice", describe(locs))
	}
	first, ok1 := locs.Args[0].(int64)
	end, ok2 := locs.Args[1].(int64)
	if !ok1 || !ok2 || locs.Args[2] != any(int64(1)) || first < 0 || first > end || end > int64(len(names)) {
		return fmt.Errorf("pandas: a block's slice is not within the %d columns by 1", len(names))
	}
	if len(a.Shape) != 2 || a.Shape[0] != int(end-first) || a.Shape[1] != f.Rows || a.Fortran {
		return fmt.Errorf("pandas: a block of shape %v for columns %d..%d of %d rows, want it by column",
			a.Shape, first, end, f.Rows)
	}
	for i, name := range names[first:end] {
		from, to := i*f.Rows, (i+1)*f.Rows
		_, seenF := f.Floats[name]
		_, seenS := f.Strings[name]
		if seenF || seenS {
			return fmt.Errorf("pandas: column %q twice", name)
		}
		if a.Floats != nil {
			f.Floats[name] = a.Floats[from:to]
		} else if f.Strings[name], err = asStrings(a.Objects[from:to], "column "+name); err != nil {
			return err
		}
	}
	return nil
}

func asStrings(vs []any, what string) ([]string, error) {
	out := make([]string, len(vs))
	var err error
	for i, v := range vs {
		if out[i], err = as[string](v, fmt.Sprintf("pandas: %s, element %d", what, i)); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// member returns a dict's value of the wanted type.
func member[T any](dict any, key string) (T, error) {
	var zero T
	d, err := as[*Dict](dict, "pandas: what should have "+key)
	if err != nil {
		return zero, err
	}
	v, ok := d.Get(key)
	if !ok {
		return zero, fmt.Errorf("pandas: %s is missing", key)
	}
	return as[T](v, "pandas: "+key)
}

package pickle

import (
	"errors"
	"fmt"
)

// children returns what a container holds; ok is false for a value that holds nothing.
func children(v any) (kids []any, ok bool) {
	switch v := v.(type) {
	case *List:
		return v.Items, true
	case *Tuple:
		return v.Items, true
	case *Set:
		return v.Items, true
	case *Dict:
		return v.Items, true
	case *Object:
		kids = append(kids, v.Args...)
		kids = append(kids, v.State)
		kids = append(kids, v.List...)
		return append(kids, v.Dict.Items...), true
	}
	return nil, false
}

// checkShape refuses a value that holds itself or nests deeper than limit, so that a
// caller may recurse. It visits a shared container once and does not recurse itself.
func checkShape(root any, limit int) error {
	type frame struct {
		of     any
		kids   []any
		height int // levels of containers seen below
	}
	const open = -1
	heights := map[any]int{}
	var path []frame
	enter := func(v any) {
		if kids, ok := children(v); ok {
			heights[v] = open
			path = append(path, frame{of: v, kids: kids})
		}
	}
	for enter(root); len(path) > 0; {
		f := &path[len(path)-1]
		if len(path)+f.height > limit {
			return fmt.Errorf("containers nest deeper than %d", limit)
		}
		if len(f.kids) == 0 {
			heights[f.of] = f.height
			path = path[:len(path)-1]
			if len(path) > 0 {
				up := &path[len(path)-1]
				up.height = max(up.height, f.height+1)
			}
			continue
		}
		kid := f.kids[0]
		f.kids = f.kids[1:]
		if _, ok := children(kid); !ok {
			continue
		}
		switch h, seen := heights[kid]; {
		case !seen:
			enter(kid)
		case h == open:
			return errors.New(describe(kid) + " holds itself")
		default:
			f.height = max(f.height, h+1)
		}
	}
	return nil
}

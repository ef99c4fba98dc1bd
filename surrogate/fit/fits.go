package fit

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/amoeba-nas/amoeba/data"
	"github.com/amoeba-nas/amoeba/evolve"
)

// Tables are the tables that the project ships a surrogate of, each with its fit.
var Tables = map[string]func(context.Context, Options) ([]byte, Report, error){
	"accel":         accel,
	"nasnet-digits": nasnetDigits,
	"nb101":         nb101,
	"nb201": func(ctx context.Context, o Options) ([]byte, Report, error) {
		t, err := data.OpenNB201()
		if err != nil {
			return nil, Report{}, err
		}
		return NB201(ctx, t, o)
	},
}

// Of is the fit of a named table or of a user's file.
func Of(
	names []string, from string, settings []evolve.Setting,
) (func(context.Context, Options) ([]byte, Report, error), error) {
	switch known := slices.Sorted(maps.Keys(Tables)); {
	case len(names) == 1 && from != "":
		return nil, fmt.Errorf("fit %s --from %s: want a NAME or a file, not both: %w",
			names[0], from, evolve.ErrInvalid)
	case from != "":
		return func(ctx context.Context, o Options) ([]byte, Report, error) {
			return File(ctx, from, settings, o)
		}, nil
	case len(names) == 0:
		return nil, fmt.Errorf("fit: want a NAME (%s) or --from FILE: %w", strings.Join(known, ", "), evolve.ErrInvalid)
	case Tables[names[0]] == nil:
		return nil, evolve.Unknown("table", names[0], known)
	}
	return Tables[names[0]], nil
}

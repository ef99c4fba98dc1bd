package fit

import (
	"context"

	"github.com/amoeba-nas/amoeba/data"
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

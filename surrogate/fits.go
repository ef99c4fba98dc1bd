package surrogate

import (
	"context"

	"github.com/amoeba-nas/amoeba/data"
)

// Fits are the tables of which the project fits and ships a surrogate, each with the fit.
var Fits = map[string]func(context.Context, FitOptions) ([]byte, FitReport, error){
	"accel":         fitAccel,
	"nasnet-digits": fitNASNetDigits,
	"nb101":         fitImportedNB101,
	"nb201": func(ctx context.Context, o FitOptions) ([]byte, FitReport, error) {
		t, err := data.OpenNB201()
		if err != nil {
			return nil, FitReport{}, err
		}
		return FitNB201(ctx, t, o)
	},
}

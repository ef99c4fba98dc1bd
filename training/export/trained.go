package export

import (
	"fmt"

	"github.com/amoeba-nas/amoeba/training"
)

// InputOf says how the images of a training were prepared, which its data set knows and its checkpoint does not. It is
// empty, with an error, where that set is not there or is another one.
func InputOf(c *training.Checkpoint) (Input, error) {
	data, err := training.OpenData(c.Data)
	if err == nil && data.Set.Hash != c.DataHash {
		err = fmt.Errorf("the training's images of the name %s had SHA-256 %s, these have %s",
			c.Data, c.DataHash, data.Set.Hash)
	}
	if err != nil {
		return Input{}, err
	}
	return Input{Data: c.Data, Scale: float64(data.Set.Max), Mean: data.Norm.Mean, Std: data.Norm.Std,
		Classes: data.Set.Labels}, nil
}

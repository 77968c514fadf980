package bijection

import (
	"fmt"

	"diffeo/fault"
	"diffeo/graph"
)

// image checks that a base shape is that of an image [C,H,W].
func image(what string, base graph.Shape) error {
	if len(base) != 3 || base.Size() < 1 {
		return fmt.Errorf("%w: %s maps images [channels, height, width], not values of shape %v", fault.ErrShape, what, base)
	}
	return nil
}

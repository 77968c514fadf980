package main

import (
	"context"
	"math"

	"diffeo/data"
)

// spoolHelp is a part of the command's help.
const spoolHelp = `Pictures of more than 1 GiB, a byte for each value, are decoded once into a temporary file ($TMPDIR), and so are any with --stream: sets may be larger than memory. The model is the same.`

// pictureSets are the sets that a training reads.
type pictureSets []*data.SpooledImages

func (s pictureSets) close() {
	for _, set := range s {
		_ = set.Close() // it was only read
	}
}

// spool reads a set, says what is to be said about it and adds it to sets.
func (f *fit) spool(ctx context.Context, sets *pictureSets, path, labels string) (data.Images, error) {
	most := int64(streamFrom)
	if f.streaming.given {
		most = math.MaxInt64
		if f.streaming.stream {
			most = 0
		}
	}
	set, err := data.SpoolImages(ctx, path, f.pictures.options(labels), "", most)
	if err != nil {
		return data.Images{}, err
	}
	*sets = append(*sets, set)
	if set.OnDisk && !f.streaming.given {
		f.remark("%s has %.1f GiB of pixels, which a temporary file holds; --stream=false keeps them in memory\n", path, float64(len(set.Pixels))/(1<<30))
	}
	f.pictures.say(f.remark, path)
	return set.Images, nil
}

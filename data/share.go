package data

import "io"

// Share tells how much of its table the latest pass of a reader has gone through, from 0 to 1: for showing progress. ok is
// false where that is not known, as of a pipe, an archive or a database.
func Share(r Reader) (share float64, ok bool) {
	done, total := 0.0, 0.0
	switch r := r.(type) {
	case *parquetReader:
		for _, n := range r.groups {
			total += float64(n)
		}
		done = float64(r.gaps.row)
	case *npyReader:
		done, total = float64(r.gaps.row), float64(r.header.rows)
	case *csvReader: // by bytes, of the packed file where it is packed
		info, err := r.source.file.Stat()
		if err != nil || !info.Mode().IsRegular() {
			return 0, false
		}
		at, err := r.source.file.Seek(0, io.SeekCurrent)
		if err != nil {
			return 0, false
		}
		done, total = float64(at), float64(info.Size())
	}
	if total == 0 {
		return 0, false
	}
	return min(done/total, 1), true
}

package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"diffeo/fault"
)

// A validation or test table that does not fit into what is held of it is refused by its name, before anything is trained.
func TestGivenTablesAreBounded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "held.csv")
	if err := os.WriteFile(path, []byte("x,y\n"+strings.Repeat("1,2\n", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []*fit{{val: path}, {test: path}} {
		test.environment, test.columns, test.reading.missing, test.given = &environment{stderr: &strings.Builder{}}, []string{"x", "y"}, "refuse", 100*2*8
		var p parts
		if err := test.readGiven(t.Context(), &p); err != nil || p.val.data.Values.Rows+p.test.data.Values.Rows != 100 {
			t.Errorf("%v: %d and %d rows", err, p.val.data.Values.Rows, p.test.data.Values.Rows)
		}
		test.given--
		if err := test.readGiven(t.Context(), &p); !errors.Is(err, fault.ErrData) || !strings.Contains(err.Error(), "held.csv: the table has more than 99 rows of 2 columns, ") {
			t.Errorf("%v", err)
		}
	}
	if text := fmt.Sprintf("up to %d GiB of numbers", givenBytes>>30); !strings.Contains(fitHelp, text) {
		t.Errorf("the help of fit does not say %q", text)
	}
}

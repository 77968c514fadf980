// Command tmpmain.
package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"diffeo/internal/bench"
)

func main() {
	start := bench.ProcessStart()
	a := map[string]string{}
	for i := 3; i+1 < len(os.Args); i += 2 {
		a[os.Args[i]] = os.Args[i+1]
	}
	w, err := bench.Load(os.Args[2], a["--workload"])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	th, _ := strconv.Atoi(a["--threads"])
	bu, _ := strconv.ParseFloat(a["--budget"], 64)
	err = bench.Run(context.Background(), w, bench.Config{Key: a["--workload"], Ops: strings.Split(a["--ops"], ","), Threads: th, Budget: time.Duration(bu * 1e9), Start: start}, os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

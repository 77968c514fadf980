# Needs Go and nothing else; `race` wants a C compiler too. Tools run at a fixed version and are no dependency of the module.
GOLANGCI := go run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0

GENERATED := cpu/internal/simd
FUZZTIME  ?= 10s

# What `make bench` runs: benchmarks whose name matches BENCH, of the packages PKG, COUNT times for BENCHTIME each.
BENCH     ?= Kernels/.*/float32|Step|LogProb
PKG       ?= ./...
COUNT     ?= 6
BENCHTIME ?= 20ms

.PHONY: build test race lint vet generate generate-check docs guide bench bench-levels fuzz ci clean

build: ## one static binary
	CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o bin/diffeo ./cmd/diffeo

test:
	go test ./...

race:
	go test -race -short -timeout 20m ./...

lint: ## settings in .golangci.yml; the layering and other habits are tests in internal/lint
	$(GOLANGCI) run ./...

vet:
	go vet ./...

generate: ## the committed assembly and its stubs, from the generator (a module of its own)
	cd $(GENERATED)/_gen && go run .

docs: ## docs/cli.md, from the commands, and docs/catalogue.md, from the table of conformance tests; tests say when they are not current
	go test ./cmd/diffeo -run '^TestReferenceIsCurrent$$' -count 1 -update
	go test ./flowtest -run '^TestCatalogueIsCurrent$$' -count 1 -update

# A minute. Read the text around the outputs afterwards: it says what they mean.
guide: ## docs/guide.md with what its commands print
	go test ./cmd/diffeo -run '^TestGuide$$' -count 1 -update

# Generates in a copy of the tree and compares, so that the tree stays as it is and git is not needed. What was
# generated is removed from the copy first: a file that the generator no longer writes is a difference too.
generate-check:
	@copy=$$(mktemp -d) && trap 'rm -rf "$$copy"' EXIT && \
	tar -c --exclude=./.git --exclude=./bin . | tar -x -C "$$copy" && cd "$$copy" && \
	grep -rlE --include='*.go' --include='*.s' '^// Code generated .* DO NOT EDIT' $(GENERATED) | xargs rm -f && \
	(cd $(GENERATED)/_gen && go run .) && \
	diff -r '$(CURDIR)/$(GENERATED)' $(GENERATED) || \
	{ echo 'generated code is not current: run make generate'; exit 1; }

bench: ## compares with the last commit (or that of BASE) by benchstat
	.ci/bench '$(BENCH)' '$(COUNT)' '$(BENCHTIME)' $(PKG)

# The instruction sets of a workload, plain Go (purego) among them, in turn: how far each is from AVX2.
LEVELS_FILE     ?= docs/bench/nsf-ar-11.json
LEVELS_WORKLOAD ?= X2

bench-levels:
	go run ./internal/levels -file '$(LEVELS_FILE)' -workload '$(LEVELS_WORKLOAD)'

# Every fuzz target of the module for FUZZTIME each: go test takes one target at a time.
fuzz:
	@grep -rEo --include='*_test.go' '^func Fuzz\w+' . | sed -E 's/:func /:/' | sort | \
	while IFS=: read -r file target; do \
		echo "$$(dirname "$$file") $$target"; \
		go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 20x "$$(dirname "$$file")" || exit 1; \
	done

ci: ## everything above that must hold before a change lands, with a summary
	.ci/run

clean:
	rm -rf bin

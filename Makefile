# The verbs that CI runs too (.ci/run). Everything is plain Go; nothing else is needed.
.PHONY: build test check builds opencl oclgrind race fuzz bench model

# Executions of each target: with a time, go test now and then calls the end of it a failure.
FUZZTIME ?= 2000x

build: ; CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o bin/amoeba ./cmd/amoeba

test: ; go test ./...

check:
	@bad=$$(gofmt -l .) && test -z "$$bad" || { echo "run gofmt -w on" $$bad; exit 1; }
	go vet ./...
	go vet -tags native ./training/... ./cmd/amoeba
	GOARCH=arm64 go vet ./training/kernel
	go tool -modfile=tools.mod staticcheck ./...
	go tool -modfile=tools.mod staticcheck -tags native ./training/...

# The same numbers from the default build and from one of GOAMD64=v3, with each set of kernels.
builds: ; .ci/builds

# What needs an OpenCL device: the tests of training/device, and in other packages those called TestOpenCL. They skip where
# no library opens; with AMOEBA_WANT_OPENCL=1 they fail. PoCL keeps what it compiled in a folder of this run.
opencl:
	@set -e; cache=$$(mktemp -d); trap 'rm -rf "$$cache"' EXIT; export POCL_CACHE_DIR="$$cache" CGO_ENABLED=0; \
	go test -tags native ./training/device/...; \
	dirs=$$(grep -rl '^func TestOpenCL' --include='*_test.go' training cmd | grep -v '^training/device/' | xargs -r -n1 dirname | sort -u); \
	test -z "$$dirs" || go test -tags native -run '^TestOpenCL' $$(printf './%s ' $$dirs)

# Every operation in tiny shapes under oclgrind (Debian's package of that name), which runs each work-item by itself and
# watches for accesses outside memory and for items that race. It takes minutes and is for whoever changed a kernel.
OCLGRIND ?= /usr/lib/oclgrind/liboclgrind-rt-icd.so
oclgrind:
	@set -e; log=$$(mktemp); trap 'rm -f "$$log"' EXIT; \
	CGO_ENABLED=0 AMOEBA_WANT_OPENCL=1 AMOEBA_OPENCL=$(OCLGRIND) OCLGRIND_DATA_RACES=1 OCLGRIND_LOG="$$log" \
	go test -count=1 -tags native -run '^TestOpenCLTiny$$' -v ./training/device/conform; \
	test ! -s "$$log" || { cat "$$log"; exit 1; }; echo 'oclgrind saw no race and no access outside memory'

# The packages that start goroutines, under the race detector: it needs a C compiler for its
# runtime; the program never does. Of the conformance suite benchmarks alone do: searchers would take most of an hour.
race:
	@set -e; dirs=$$(grep -rlE 'go func|[.]Go[(]' --include='*.go' . | xargs -n1 dirname | sort -u | grep -v evolvetest); \
	test -n "$$dirs"; CGO_ENABLED=1 go test -race -short $$dirs; \
	CGO_ENABLED=1 go test -race -short -run Benchmark ./evolve/evolvetest

# Every fuzz target for a while; -fuzzminimizetime keeps the time for new inputs. A package is
# built and linked once for all its targets.
fuzz:
	@set -e; tmp=$$(mktemp -d); trap 'rm -rf "$$tmp"' EXIT; \
	dirs=$$(grep -rl '^func Fuzz' --include='*_test.go' . | xargs -n1 dirname | sort -u); test -n "$$dirs"; \
	for dir in $$dirs; do \
	  go test -c -fuzz=Fuzz -o "$$tmp/fuzz.test" "$$dir"; \
	  targets=$$("$$tmp/fuzz.test" -test.list '^Fuzz'); test -n "$$targets"; \
	  for f in $$targets; do \
	    echo "$$dir $$f"; \
	    (cd "$$dir" && "$$tmp/fuzz.test" -test.run '^$$' -test.fuzz "^$$f$$" -test.fuzzcachedir "$$tmp/corpus/$$dir" \
	      -test.fuzztime $(FUZZTIME) -test.fuzzminimizetime 1x); \
	  done; \
	done

bench: ; go test -run '^$$' -bench . -benchmem ./evolve/... ./surrogate/... ./data/... ./training/...

# Refit the surrogates of published tables, which must be imported (amoeba data import NAME --from DIR);
# CONTRIBUTING.md has the commands for our own.
model:
	@for t in accel nb101 nb201; do \
	  go run ./cmd/amoeba surrogate fit $$t --out surrogate/$$t.model --report docs/surrogate-$$t.md >/dev/null || exit 1; \
	done

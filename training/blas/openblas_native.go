//go:build native && (linux || darwin)

package blas

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"unsafe"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/training/kernel"
	"github.com/ebitengine/purego"
)

// pathVariable names a library to open before the usual ones.
const pathVariable = "AMOEBA_OPENBLAS"

// usual are the names under which systems install the library; Homebrew and MacPorts keep it
// where the loader does not look.
func usual() []string {
	if runtime.GOOS == "darwin" {
		return []string{
			"libopenblas.dylib", "/opt/homebrew/opt/openblas/lib/libopenblas.dylib",
			"/usr/local/opt/openblas/lib/libopenblas.dylib", "/opt/local/lib/libopenblas.dylib",
		}
	}
	return []string{"libopenblas.so.0", "libopenblas.so"}
}

// openBLAS opens the library once; a failure is looked into again, since a caller may correct
// the variable.
func openBLAS() (string, kernel.GEMM, error) {
	opened.Lock()
	defer opened.Unlock()
	if opened.gemm != nil {
		return opened.name, opened.gemm, nil
	}
	names := usual()
	if path := os.Getenv(pathVariable); path != "" {
		names = []string{path} // the wish for one library is not met by another
	}
	var said []string
	for _, name := range names {
		version, call, err := load(name)
		if err != nil {
			// The loader begins with the name, mostly.
			said = append(said, name+" ("+strings.TrimPrefix(err.Error(), name+": ")+")")
			continue
		}
		opened.name, opened.gemm = version, product(call)
		return opened.name, opened.gemm, nil
	}
	return "", nil, fmt.Errorf("no OpenBLAS: tried %s; install it, or name its file in %s: %w",
		strings.Join(said, ", "), pathVariable, evolve.ErrUnsupported)
}

var opened struct {
	sync.Mutex
	name string
	gemm kernel.GEMM
}

func load(name string) (string, uintptr, error) {
	library, err := dlopen(name)
	if err != nil {
		return "", 0, err
	}
	return bind(library)
}

// dlopen opens a library that believes it may use one thread: a build with OpenMP gives each
// thread of ours its own count, which no later call can set for all. The library asks its
// variables while it is loaded.
func dlopen(name string) (uintptr, error) {
	for v, value := range map[string]string{"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", coreVariable: core()} {
		was, set := os.LookupEnv(v)
		if value == "" || set && v == coreVariable {
			continue
		}
		os.Setenv(v, value)
		if set {
			defer os.Setenv(v, was)
		} else {
			defer os.Unsetenv(v)
		}
	}
	return purego.Dlopen(name, purego.RTLD_NOW|purego.RTLD_LOCAL)
}

// coreVariable names the processor whose kernels OpenBLAS takes.
const coreVariable = "OPENBLAS_CORETYPE"

// core is the processor whose kernels fit the instructions that are here, unless somebody chose
// another: one that is younger than the library it takes for a Prescott, which is five times
// slower.
func core() string {
	switch kernel.Name() {
	case "avx512":
		return "SkylakeX"
	case "avx2":
		return "Haswell"
	}
	return ""
}

// bind finds the functions, and a name for what the library is: its version and the processor
// whose kernels it chose, both of which settle the last bits of a product.
func bind(library uintptr) (string, uintptr, error) {
	var config, corename func() string
	var threads func(int32)
	for _, f := range []struct {
		to   any
		name string
	}{
		{&config, "openblas_get_config"}, {&corename, "openblas_get_corename"},
		{&threads, "openblas_set_num_threads"},
	} {
		at, err := purego.Dlsym(library, f.name)
		if err != nil {
			return "", 0, err
		}
		purego.RegisterFunc(f.to, at)
	}
	words := strings.Fields(config()) // "OpenBLAS 0.3.21 NO_LAPACKE …"
	if len(words) < 2 || words[0] != "OpenBLAS" {
		return "", 0, fmt.Errorf("its configuration %q names no version of OpenBLAS", config())
	}
	for _, w := range words {
		if w == "USE64BITINT" {
			return "", 0, fmt.Errorf("it takes integers of 64 bits; a build with those of 32 is wanted")
		}
	}
	threads(1)
	sgemm, err := purego.Dlsym(library, "sgemm_")
	if err != nil {
		return "", 0, err
	}
	return "openblas-" + words[1] + "-" + strings.ToLower(corename()), sgemm, nil
}

// arguments of Fortran's sgemm, which takes pointers alone: the one signature that is called
// without reflection, and a convolution makes thousands of calls.
type arguments struct {
	tA, tB        byte
	m, n, k       int32
	lda, ldb, ldc int32
	alpha, beta   float32
}

// product calls sgemm of a library whose int has 32 bits. Fortran stores columns first: what it
// takes for a matrix is the transpose of ours, so that it computes cᵀ = op(b)ᵀ·aᵀ.
func product(sgemm uintptr) kernel.GEMM {
	pool := sync.Pool{New: func() any { return new(arguments) }}
	return func(tB bool, m, n, k int, a []float32, lda int, b []float32, ldb int, beta float32, c []float32, ldc int) {
		rows, columns, op := k, n, byte('N')
		if tB {
			rows, columns, op = n, k, 'T'
		}
		// What the library reads and writes must be there.
		_, _, _ = a[extent(m, k, lda)-1], b[extent(rows, columns, ldb)-1], c[extent(m, n, ldc)-1]
		g := pool.Get().(*arguments)
		*g = arguments{'N', op, int32(m), int32(n), int32(k), int32(lda), int32(ldb), int32(ldc), 1, beta}
		purego.SyscallN(sgemm,
			uintptr(unsafe.Pointer(&g.tB)), uintptr(unsafe.Pointer(&g.tA)),
			uintptr(unsafe.Pointer(&g.n)), uintptr(unsafe.Pointer(&g.m)), uintptr(unsafe.Pointer(&g.k)),
			uintptr(unsafe.Pointer(&g.alpha)), uintptr(unsafe.Pointer(&b[0])), uintptr(unsafe.Pointer(&g.ldb)),
			uintptr(unsafe.Pointer(&a[0])), uintptr(unsafe.Pointer(&g.lda)),
			uintptr(unsafe.Pointer(&g.beta)), uintptr(unsafe.Pointer(&c[0])), uintptr(unsafe.Pointer(&g.ldc)))
		pool.Put(g)
	}
}

// extent is the length of a matrix of r×c as it is stored.
func extent(r, c, ld int) int { return (r-1)*ld + c }

// Writes a stream's raw 64-bit words to standard output until nobody reads them: what `make dieharder` tests.
//
// Arguments: the seed (default 1), and any number of further seeds whose streams are then interleaved word by word, as the
// chains of a run would use them.
#include <stdio.h>
#include <stdlib.h>

#include "CKernels.h"

enum { STEPS = 1024 };

int main(int count, char **arguments) {
  int streams = count > 1 ? count - 1 : 1;
  gsl_rng **generators = malloc(streams * sizeof *generators);
  uint64_t(*words)[8] = malloc(streams * sizeof *words), *out = malloc(STEPS * streams * 64);
  if (!generators || !words || !out) return 1;
  for (int s = 0; s < streams; ++s) {
    generators[s] = gsl_rng_alloc(ck_generator_type());
    if (!generators[s]) return 1;
    gsl_rng_set(generators[s], count > 1 ? strtoul(arguments[s + 1], 0, 10) : 1);
  }
  for (;;) {
    for (int step = 0; step < STEPS; ++step) {
      // The lanes are the first thing in a stream's state.
      for (int s = 0; s < streams; ++s) ck_kernels()->words(gsl_rng_state(generators[s]), words[s]);
      for (int lane = 0; lane < 8; ++lane)
        for (int s = 0; s < streams; ++s) out[(step * 8 + lane) * streams + s] = words[s][lane];
    }
    if (fwrite(out, 64, STEPS * streams, stdout) != (size_t)(STEPS * streams)) return 0;
  }
}

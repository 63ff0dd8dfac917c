// How often the outputs of a linear map have the right sign. No guard: compiled once for each instruction set.

static size_t CK(right_signs)(const double *readout, const double *stimuli, const double *wanted, size_t features,
                              size_t count) {
  i8 twice = {0};
  size_t p = 0, rest = 0;
  for (; p + 8 <= count; p += 8) {
    v8 y = SPLAT(0.0);
    for (size_t d = 0; d < features; ++d) y += readout[d] * LOAD(stimuli + d * count + p);
    y *= LOAD(wanted + p);
    // A comparison that holds is -1.
    twice -= (i8)(y > 0.0) + (i8)(y >= 0.0);
  }
  for (; p < count; ++p) {
    double y = 0;
    for (size_t d = 0; d < features; ++d) y += readout[d] * stimuli[d * count + p];
    y *= wanted[p];
    rest += (y > 0) + (y >= 0);
  }
  for (int lane = 0; lane < 8; ++lane) rest += (size_t)twice[lane];
  return rest;
}

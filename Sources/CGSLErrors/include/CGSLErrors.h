// GSL's default error handler aborts the process. This one remembers the first error of the
// calling thread, so that Swift can turn it into an `Error`.
#ifndef CGSL_ERRORS_H
#define CGSL_ERRORS_H

/// Replaces GSL's aborting handler for the whole process. Safe to call more than once.
void cgsl_errors_install(void);

/// Returns the code of this thread's first error since the last call (0 if none) and clears it.
int cgsl_errors_take(const char *_Nullable *_Nonnull reason, const char *_Nullable *_Nonnull file,
                     int *_Nonnull line);

#endif

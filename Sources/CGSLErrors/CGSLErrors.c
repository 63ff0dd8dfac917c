#include "CGSLErrors.h"

#include <gsl/gsl_errno.h>

static _Thread_local int first_code;
static _Thread_local const char *first_reason, *first_file;
static _Thread_local int first_line;

static void remember(const char *reason, const char *file, int line, int code) {
  if (first_code) return;
  first_code = code;
  first_reason = reason;
  first_file = file;
  first_line = line;
}

void cgsl_errors_install(void) { gsl_set_error_handler(&remember); }

int cgsl_errors_take(const char **reason, const char **file, int *line) {
  int code = first_code;
  *reason = first_reason;
  *file = first_file;
  *line = first_line;
  first_code = 0;
  first_reason = first_file = 0;
  first_line = 0;
  return code;
}

// Loads libnetcdf.

#include "CNetCDF.h"

#include <dlfcn.h>
#include <stddef.h>

// The name of what is installed for building with it, then those of what programs run with, by the library's versions; Homebrew's.
static const char *const names[] = {
    "libnetcdf.so", "libnetcdf.so.22", "libnetcdf.so.19", "libnetcdf.so.18", "libnetcdf.dylib",
    "/opt/homebrew/lib/libnetcdf.dylib",
};

static void *library;
static struct cnetcdf_functions functions;

const struct cnetcdf_functions *cnetcdf_load(const char **reason) {
  if (library) return &functions;
  void *found = NULL;
  for (size_t i = 0; !found && i < sizeof names / sizeof *names; ++i) found = dlopen(names[i], RTLD_LAZY | RTLD_LOCAL);
  if (!found) {
    *reason = dlerror();
    return NULL;
  }
#define CNETCDF_FIND(name)                                                  \
  {                                                                         \
    __typeof__(name) *symbol = (__typeof__(name) *)dlsym(found, #name);     \
    if (!symbol) {                                                          \
      *reason = "it has no " #name;                                         \
      return NULL;                                                          \
    }                                                                       \
    functions.name = symbol;                                                \
  }
  CNETCDF_FUNCTIONS(CNETCDF_FIND)
  library = found;
  return &functions;
}

void *cnetcdf_symbol(const char *name) { return library ? dlsym(library, name) : NULL; }

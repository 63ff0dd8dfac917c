// Loads the library that speaks MPI.

#include "CMPI.h"

#include <dlfcn.h>
#include <stddef.h>

const cmpi_functions *cmpi_load(const char *path, const char **reason) {
  // Global: the components that MPI itself loads look for its symbols.
  void *library = dlopen(path, RTLD_NOW | RTLD_GLOBAL);
  const cmpi_functions *(*entry)(void) = library ? (const cmpi_functions *(*)(void))dlsym(library, CMPI_ENTRY) : NULL;
  if (!entry) {
    *reason = dlerror();
    return NULL;
  }
  const cmpi_functions *functions = entry();
  if (functions->version == cmpi_version) return functions;
  *reason = "it is of another version of this program";
  return NULL;
}

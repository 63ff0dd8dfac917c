// Loads libnetcdf.

#include "CNetCDF.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

static cnetcdf_functions functions;
static char why[512];
static int is_loaded;

static void *library(void) {
#ifdef __APPLE__
  static const char *const names[] = {
      "libnetcdf.dylib", "/opt/homebrew/lib/libnetcdf.dylib", "/usr/local/lib/libnetcdf.dylib"};
  for (size_t k = 0; k < sizeof names / sizeof *names; ++k) {
    void *found = dlopen(names[k], RTLD_LAZY | RTLD_LOCAL);
    if (found) return found;
    snprintf(why, sizeof why, "%s", dlerror());
  }
#else
  // By the numbers of the interface, which are all that is there where no headers are installed; the newest first. All functions
  // used here are the same in each.
  char name[32];
  for (int number = 40; number >= 10; --number) {
    if (number > 10)
      snprintf(name, sizeof name, "libnetcdf.so.%d", number);
    else
      snprintf(name, sizeof name, "libnetcdf.so");
    void *found = dlopen(name, RTLD_LAZY | RTLD_LOCAL);
    if (found) return found;
    const char *reason = dlerror();
    // One that is there and cannot be used says more than those that are not there.
    if (!*why || !strstr(reason, name) || !strstr(reason, "No such file")) snprintf(why, sizeof why, "%s", reason);
  }
#endif
  return NULL;
}

static void load(void) {
  void *found = library();
  if (!found) return;
  // POSIX's own way from a pointer to data to one to a function.
#define FIND(name)                                                \
  if (!(*(void **)&functions.name = dlsym(found, "nc_" #name))) { \
    snprintf(why, sizeof why, "%s", dlerror());                   \
    return;                                                       \
  }
  CNETCDF_FUNCTIONS(FIND)
  *(void **)&functions.hdf5_set_auto = dlsym(found, "H5Eset_auto2");
  *(void **)&functions.hdf5_dont_atexit = dlsym(found, "H5dont_atexit");
  is_loaded = 1;
}

const cnetcdf_functions *cnetcdf_load(const char **reason) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, load);
  *reason = why;
  return is_loaded ? &functions : NULL;
}

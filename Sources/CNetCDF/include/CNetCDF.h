// libnetcdf, loaded when it is first needed: it brings some forty libraries with it, which commands without runs do not wait for.
#ifndef C_NETCDF_H
#define C_NETCDF_H

// Constants, types and prototypes. Homebrew's folders are not among those that a compiler looks into.
#if __has_include(<netcdf.h>)
#include <netcdf.h>
#include <netcdf_mem.h>
#elif __has_include("/opt/homebrew/include/netcdf.h")
#include "/opt/homebrew/include/netcdf.h"
#include "/opt/homebrew/include/netcdf_mem.h"
#else
#include "/usr/local/include/netcdf.h"
#include "/usr/local/include/netcdf_mem.h"
#endif

/// The functions that are used, without their prefix `nc_`: f(name) for each.
#define CNETCDF_FUNCTIONS(f) \
  f(close) f(close_memio) f(create) f(create_mem) f(def_dim) f(def_grp) f(def_var) f(def_var_deflate) f(get_att_longlong) \
  f(get_att_text) f(get_vara) f(inq_att) f(inq_dimlen) f(inq_grp_ncid) f(inq_vardimid) f(inq_varid) f(inq_varndims) \
  f(inq_vartype) f(open) f(open_mem) f(put_att) f(put_att_double) f(put_att_text) f(put_var_double) f(put_vara) \
  f(put_vara_string) f(set_fill) f(strerror)

/// libnetcdf's functions, with the types that its header gives them.
typedef struct {
#define CNETCDF_FUNCTION(name) __typeof__(nc_##name) *name;
  CNETCDF_FUNCTIONS(CNETCDF_FUNCTION)
#undef CNETCDF_FUNCTION
  /// `H5Eset_auto2` of the HDF5 beneath; null where there is none.
  int (*hdf5_set_auto)(long long stack, int (*report)(long long stack, void *data), void *data);
  /// `H5dont_atexit` of the HDF5 beneath; null where there is none.
  int (*hdf5_dont_atexit)(void);
} cnetcdf_functions;

/// Loads libnetcdf, once in a process, whichever thread asks first.
///
/// Returns null where it cannot be loaded; `reason` then points to the system's words, which stay.
const cnetcdf_functions *cnetcdf_load(const char **reason);

#endif

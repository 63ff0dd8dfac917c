// libnetcdf, loaded when the first file is opened: some forty libraries come with it, and loading them is most of what starting
// the program would take.
#ifndef CNETCDF_H
#define CNETCDF_H

#if __has_include(<netcdf.h>)
#include <netcdf.h>
#include <netcdf_mem.h>
#else
#error "netcdf.h is not there (Debian: libnetcdf-dev; Homebrew: netcdf, and CPATH=$(brew --prefix)/include)"
#endif

/// What is used of the library.
#define CNETCDF_FUNCTIONS(f)                                                                          \
  f(nc_close) f(nc_close_memio) f(nc_create) f(nc_create_mem) f(nc_def_dim) f(nc_def_grp)             \
  f(nc_def_var) f(nc_get_att_longlong) f(nc_get_att_text) f(nc_get_vara) f(nc_inq_att)                \
  f(nc_inq_dimlen) f(nc_inq_grp_ncid) f(nc_inq_vardimid) f(nc_inq_varid) f(nc_inq_varndims)           \
  f(nc_inq_vartype) f(nc_open) f(nc_open_mem) f(nc_put_att) f(nc_put_att_text) f(nc_put_vara)         \
  f(nc_put_vara_string) f(nc_set_fill) f(nc_strerror)

/// The library's functions, under their own names.
struct cnetcdf_functions {
#define CNETCDF_MEMBER(name) __typeof__(name) *_Nonnull name;
  CNETCDF_FUNCTIONS(CNETCDF_MEMBER)
#undef CNETCDF_MEMBER
};

/// Loads the library, the first time; by one thread at a time. Null, with the reason, where it cannot be had.
const struct cnetcdf_functions *_Nullable cnetcdf_load(const char *_Nullable *_Nonnull reason);

/// A function of the loaded library or of one beneath it; null if there is none.
void *_Nullable cnetcdf_symbol(const char *_Nonnull name);

#endif

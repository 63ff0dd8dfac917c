// libnetcdf as Swift sees it.
#ifndef CNETCDF_SHIM_H
#define CNETCDF_SHIM_H
#include <netcdf.h>
#include <netcdf_mem.h>
#endif

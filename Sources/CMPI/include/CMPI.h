// What this program needs of MPI, as a table of functions of a small library that is loaded where a launcher started the process.
//
// The program itself is built and runs without MPI; only library/mpi.c includes mpi.h, and is compiled by mpicc.
#ifndef C_MPI_H
#define C_MPI_H

#include <stdint.h>

/// The name of the library's function that gives the table.
#define CMPI_ENTRY "mcmc_run_mpi"
/// The version of the table, which program and library must share.
enum { cmpi_version = 1 };

/// A group of processes; NULL is all of them.
typedef void *cmpi_part;

typedef struct {
  int version;
  /// Joins the job; 0, or 1 where this MPI does not let several threads communicate.
  int (*start)(void);
  /// Leaves the job.
  void (*finish)(void);
  /// This process's number within a part, and how many there are.
  void (*size)(cmpi_part part, int *rank, int *count);
  /// The part of all processes that give the same color; NULL for a color below 0. Every process must call this.
  cmpi_part (*split)(int color, int key);
  void (*free)(cmpi_part part);
  /// Every process's number, by rank.
  void (*gather_numbers)(int own, int *all);
  /// Every process's bytes, `sizes[rank]` of them at `starts[rank]`.
  void (*gather_bytes)(const void *own, int size, void *all, const int *sizes, const int *starts);
  /// As many numbers of every process of a part, by rank.
  void (*gather_doubles)(cmpi_part part, const double *own, int count, double *all);
  /// The word of the part's first process.
  int64_t (*hear)(cmpi_part part, int64_t word);
  void (*send)(cmpi_part part, const void *bytes, int size, int receiver, int tag);
  /// Whether a message of this tag waits, from anybody.
  int (*is_waiting)(int tag);
  /// Waits for a message and says how many bytes it has.
  int (*next_size)(cmpi_part part, int sender, int tag);
  /// Takes a message, from anybody if the sender is below 0, and says whose it is.
  int (*receive)(cmpi_part part, void *bytes, int size, int sender, int tag);
} cmpi_functions;

/// Loads the library; NULL, with the reason, if that cannot be done.
const cmpi_functions *cmpi_load(const char *path, const char **reason);

#endif

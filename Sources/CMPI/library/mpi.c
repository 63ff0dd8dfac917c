// The functions of CMPI.h by MPI: a library beside the program, compiled by mpicc (make build-mpi).

#define OMPI_SKIP_MPICXX 1
#include "../include/CMPI.h"

#include <mpi.h>
#include <stdlib.h>

static MPI_Comm communicator(cmpi_part part) { return part ? *(MPI_Comm *)part : MPI_COMM_WORLD; }

static int start(void) {
  int provided = 0;
  MPI_Init_thread(NULL, NULL, MPI_THREAD_MULTIPLE, &provided);
  return provided != MPI_THREAD_MULTIPLE;
}

static void finish(void) { MPI_Finalize(); }

static void size(cmpi_part part, int *rank, int *count) {
  MPI_Comm_rank(communicator(part), rank);
  MPI_Comm_size(communicator(part), count);
}

static cmpi_part split(int color, int key) {
  MPI_Comm part = MPI_COMM_NULL;
  MPI_Comm_split(MPI_COMM_WORLD, color < 0 ? MPI_UNDEFINED : color, key, &part);
  if (part == MPI_COMM_NULL) return NULL;
  MPI_Comm *kept = malloc(sizeof part);
  *kept = part;
  return kept;
}

static void free_part(cmpi_part part) {
  MPI_Comm_free(part);
  free(part);
}

static void gather_numbers(int own, int *all) { MPI_Allgather(&own, 1, MPI_INT, all, 1, MPI_INT, MPI_COMM_WORLD); }

static void gather_bytes(const void *own, int size, void *all, const int *sizes, const int *starts) {
  MPI_Allgatherv(own, size, MPI_BYTE, all, sizes, starts, MPI_BYTE, MPI_COMM_WORLD);
}

static void gather_doubles(cmpi_part part, const double *own, int count, double *all) {
  MPI_Allgather(own, count, MPI_DOUBLE, all, count, MPI_DOUBLE, communicator(part));
}

static int64_t hear(cmpi_part part, int64_t word) {
  MPI_Bcast(&word, 1, MPI_INT64_T, 0, communicator(part));
  return word;
}

static void send_bytes(cmpi_part part, const void *bytes, int size, int receiver, int tag) {
  MPI_Send(bytes, size, MPI_BYTE, receiver, tag, communicator(part));
}

static int is_waiting(int tag) {
  int waiting = 0;
  MPI_Iprobe(MPI_ANY_SOURCE, tag, MPI_COMM_WORLD, &waiting, MPI_STATUS_IGNORE);
  return waiting;
}

static int next_size(cmpi_part part, int sender, int tag) {
  MPI_Status status;
  int size = 0;
  MPI_Probe(sender, tag, communicator(part), &status);
  MPI_Get_count(&status, MPI_BYTE, &size);
  return size;
}

static int receive(cmpi_part part, void *bytes, int size, int sender, int tag) {
  MPI_Status status;
  MPI_Recv(bytes, size, MPI_BYTE, sender < 0 ? MPI_ANY_SOURCE : sender, tag, communicator(part), &status);
  return status.MPI_SOURCE;
}

const cmpi_functions *mcmc_run_mpi(void) {
  static const cmpi_functions functions = {
      cmpi_version, start,          finish, size,       split,      free_part, gather_numbers,
      gather_bytes, gather_doubles, hear,   send_bytes, is_waiting, next_size, receive};
  return &functions;
}

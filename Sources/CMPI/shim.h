// What of MPI is made of macros, as functions.
#pragma once
#define OMPI_SKIP_MPICXX 1
#include <mpi.h>

static inline MPI_Comm cmpi_comm_world(void) { return MPI_COMM_WORLD; }
static inline MPI_Datatype cmpi_byte(void) { return MPI_BYTE; }
static inline MPI_Datatype cmpi_int32(void) { return MPI_INT32_T; }
static inline MPI_Datatype cmpi_int64(void) { return MPI_INT64_T; }
static inline MPI_Datatype cmpi_double(void) { return MPI_DOUBLE; }
static inline int cmpi_undefined(void) { return MPI_UNDEFINED; }
static inline int cmpi_thread_multiple(void) { return MPI_THREAD_MULTIPLE; }
static inline int cmpi_any_source(void) { return MPI_ANY_SOURCE; }
static inline int cmpi_is_waiting(int tag, MPI_Comm comm) {
  int waiting = 0;
  MPI_Iprobe(MPI_ANY_SOURCE, tag, comm, &waiting, MPI_STATUS_IGNORE);
  return waiting;
}
static inline int cmpi_receive(void *buffer, int count, MPI_Datatype type, int source, int tag, MPI_Comm comm, int *sender) {
  MPI_Status status;
  int code = MPI_Recv(buffer, count, type, source, tag, comm, &status);
  *sender = status.MPI_SOURCE;
  return code;
}
// Waits for a message and says how many values it has.
static inline int cmpi_next_count(int source, int tag, MPI_Datatype type, MPI_Comm comm) {
  MPI_Status status;
  int count = 0;
  MPI_Probe(source, tag, comm, &status);
  MPI_Get_count(&status, type, &count);
  return count;
}
static inline void cmpi_free(MPI_Comm comm) { MPI_Comm_free(&comm); }
static inline MPI_Comm cmpi_split(MPI_Comm comm, int color, int key) {
  MPI_Comm part = MPI_COMM_NULL;
  MPI_Comm_split(comm, color, key, &part);
  return part;
}

"""An MPI program that shows how its ranks talk."""

from . import cluster, layout, step

# Each rank sends a megabyte around the ring, then prints who it is and whose shared memory it has
# mapped.
_SOURCE = r"""
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { size_of_message = 1 << 20 };

static int shares_memory(void) {
  char line[4096];
  int found = 0;
  FILE *maps = fopen("/proc/self/maps", "r");
  while (fgets(line, sizeof line, maps)) found += strstr(line, "/dev/shm/vader_segment.") != NULL;
  fclose(maps);
  return found;
}

int main(int argc, char **argv) {
  int rank, size, intra_rank, intra_size;
  char host[256];
  char *sent = calloc(1, size_of_message), *got = calloc(1, size_of_message);
  MPI_Comm node;
  MPI_Init(&argc, &argv);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, rank, MPI_INFO_NULL, &node);
  MPI_Comm_rank(node, &intra_rank);
  MPI_Comm_size(node, &intra_size);
  memset(sent, rank + 1, size_of_message);
  MPI_Sendrecv(sent, size_of_message, MPI_CHAR, (rank + 1) % size, 0, got, size_of_message, MPI_CHAR,
               (rank + size - 1) % size, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
  gethostname(host, sizeof host);
  for (int turn = 0; turn < size; ++turn) {
    if (turn == rank)
      printf("rank %d of %d on %s, intra_rank %d of %d, got %d, segments %d\n", rank, size, host, intra_rank, intra_size,
             got[size_of_message - 1], shares_memory());
    fflush(stdout);
    MPI_Barrier(MPI_COMM_WORLD);
  }
  MPI_Finalize();
  return 0;
}
"""


def compiled(reference):
    """The program, made with the compiler of an image."""
    folder = cluster.home() / "mpi"
    folder.mkdir(exist_ok=True)
    (folder / "ring.c").write_text(_SOURCE)
    layout.give(folder)
    made = step.run("srun", f"--chainer-image={reference}", "mpicc", "-O1", "-o", "ring", "ring.c", directory=folder)
    assert made.returncode == 0, made.stderr
    return folder / "ring"

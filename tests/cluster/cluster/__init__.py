"""A real Slurm cluster of virtual nodes on one machine."""

# shellcheck shell=sh
# Starts the ranks of a run on one machine, with the MPI that is found here: in the image, for a run in one.
#
# Usage: sh ranks.sh RANKS FOLDER ATTEMPT COMMAND…
# FOLDER is where Open MPI keeps its own files; two runs need two, since it names them by process numbers,
# which two containers share. ATTEMPT is what the ranks leave their notes in. A variable that somebody set
# stays as it is.
ranks=$1 folder=$2 attempt=$3
shift 3
[ "$ranks" -gt 1 ] || exec "$@"

launcher=$(command -v mpirun || command -v mpiexec) || {
  printf 'chainer: cannot start %s ranks: there is no mpirun\nnext: name an image that holds an MPI, such as Open MPI\n' "$ranks" >&2
  exit 127
}
preset() { # NAME VALUE
  eval "[ -n \"\${$1-}\" ]" || export "$1=$2"
}

# A machine may have fewer cores than there are ranks: they share them, and none is tied to one.
case $("$launcher" --version 2>&1) in
  *"Open MPI"* | *OpenRTE* | *PRRTE*)
    preset OMPI_MCA_rmaps_base_oversubscribe 1
    preset OMPI_MCA_hwloc_base_binding_policy none
    preset OMPI_MCA_orte_tmpdir_base "$folder"
    preset OMPI_MCA_btl_base_warn_component_unused 0
    preset PRTE_MCA_rmaps_default_mapping_policy slot:oversubscribe
    preset PRTE_MCA_hwloc_default_binding_policy none
    preset PRTE_MCA_prte_tmpdir_base "$folder"
    ;;
  *) # MPICH's and Intel's Hydra: no other machine is asked to start anything
    preset HYDRA_LAUNCHER fork
    preset I_MPI_HYDRA_BOOTSTRAP fork
    ;;
esac

# Signals go to the ranks themselves, as Slurm would send them: mpirun would kill a rank that saves its work.
tell_ranks() {
  for note in "$attempt"/ranks/*.process; do
    [ ! -s "$note" ] || { read -r process <"$note" && kill -s "$1" "$process" 2>/dev/null; }
  done
}
for signal in HUP INT QUIT USR1 USR2 TERM; do
  # shellcheck disable=SC2064  # expanded now on purpose
  trap "tell_ranks $signal" "$signal"
done
"$launcher" -n "$ranks" "$@" &
while true; do
  wait $!
  status=$?
  kill -0 $! 2>/dev/null || exit "$status"
done

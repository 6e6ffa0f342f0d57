# shellcheck shell=sh
# Starts the ranks of a run on one machine, with the MPI that is found here: for a run in an image,
# the image's.
#
# Usage: sh ranks.sh RANKS FOLDER ATTEMPT COMMAND…
# FOLDER is where Open MPI keeps its own files. Two runs need two folders, since it names files by
# process numbers, which two containers share. ATTEMPT is the folder in which the ranks leave their
# notes. A variable that somebody has set keeps its value, and this script's own begin with
# chainer_, since the ranks see them.
chainer_ranks=$1 chainer_folder=$2 chainer_attempt=$3
shift 3
[ "$chainer_ranks" -gt 1 ] || exec "$@"

chainer_launcher=$(command -v mpirun || command -v mpiexec) || {
  printf 'chainer: cannot start %s ranks: there is no mpirun\nnext: name an image that holds an MPI, such as Open MPI\n' "$chainer_ranks" >&2
  exit 127
}
preset() { # NAME VALUE
  eval "[ -n \"\${$1-}\" ]" || export "$1=$2"
}

# A machine may have fewer cores than there are ranks: they share them, and none is bound to one.
case $("$chainer_launcher" --version 2>&1) in
  *"Open MPI"* | *OpenRTE* | *PRRTE*)
    preset OMPI_MCA_rmaps_base_oversubscribe 1
    preset OMPI_MCA_hwloc_base_binding_policy none
    preset OMPI_MCA_orte_tmpdir_base "$chainer_folder"
    preset OMPI_MCA_btl_base_warn_component_unused 0
    preset PRTE_MCA_rmaps_default_mapping_policy slot:oversubscribe
    preset PRTE_MCA_hwloc_default_binding_policy none
    preset PRTE_MCA_prte_tmpdir_base "$chainer_folder"
    ;;
  *) # MPICH's and Intel's Hydra: other machines are not asked to start anything
    preset HYDRA_LAUNCHER fork
    preset I_MPI_HYDRA_BOOTSTRAP fork
    ;;
esac

# Signals go to the ranks themselves, as Slurm would send them: mpirun would kill a rank that saves
# its work.
tell_ranks() {
  for chainer_note in "$chainer_attempt"/ranks/*.process; do
    [ ! -s "$chainer_note" ] || { read -r chainer_process <"$chainer_note" && kill -s "$1" "$chainer_process" 2>/dev/null; }
  done
}
for chainer_signal in HUP INT QUIT USR1 USR2 TERM; do
  # shellcheck disable=SC2064  # expanded now on purpose
  trap "tell_ranks $chainer_signal" "$chainer_signal"
done
"$chainer_launcher" -n "$chainer_ranks" "$@" &
while true; do
  wait $!
  chainer_status=$?
  kill -0 $! 2>/dev/null || exit "$chainer_status"
done

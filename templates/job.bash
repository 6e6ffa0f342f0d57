# What stands above is this run's own; what follows is the same for every run.
# shellcheck shell=bash
# shellcheck disable=SC2154  # the variables above are written by the program
set -u  # no -e: every exit code is looked at, since the record needs it

fail() {
  printf 'chainer: cannot %s\nnext: %s\n' "$1" "$2" >&2
  exit 1
}

[ -n "${SLURM_JOB_ID-}" ] || fail 'run outside of a job' "sbatch $0"
[ -d "$run_dir/source" ] || fail "find $run_dir/source" 'submit the estimator again'

# Resolved before the run's own PATH is set.
srun=$(type -P srun) || fail 'find srun' 'ask for Slurm on the PATH of batch scripts'

# Options of ours that the submitting shell had would change what this script says.
unset -v "${!CHAINER_SUBMIT_@}"

# A requeued job keeps its id: what belongs to one attempt lies under both numbers.
attempt="$SLURM_JOB_ID.${SLURM_RESTART_COUNT:-0}"
attempt_dir="$run_dir/attempts/$attempt"
ranks=$((nodes * ranks_per_node))
mkdir -p "$attempt_dir/ranks" || fail "make $attempt_dir" 'look at the quota and the mode of that folder'

# One line per event: what happened, when (seconds since 1970), and more about it.
note() { printf '%s %(%s)T %s\n' "$1" -1 "${2-}" >>"$attempt_dir/record"; }

# Runs at every end of this script that lets it write.
# shellcheck disable=SC2317  # called by the trap
finish() {
  local status=$? rank code
  for ((rank = 0; rank < ranks; rank++)); do
    [ -e "$attempt_dir/ranks/$rank" ] || continue
    read -r code <"$attempt_dir/ranks/$rank" && note rank "$rank $code"
  done
  [ ! -e "$attempt_dir/first_failure" ] || note first_failure "$(<"$attempt_dir/first_failure")"
  note end "$status"
}
trap finish EXIT
# Without a handler, a cancelled job's shell would die before it has written its end.
trap 'note signal TERM' TERM

note start "$SLURM_JOB_NODELIST"

# The node leaves the lock beside the requirements: a rerun installs what the first run had.
requirements="$run_dir/environment/requirements.txt"
packages() {
  if [ -e "$requirements.lock.json" ]; then
    printf '%s' "$requirements.lock.json"
  else
    printf '%s' "$requirements"
  fi
}

# Preparation: downloads and installs on every node, one task each with all the run's CPUs there.
# The sizes of the run's tasks are taken out of the environment, where srun would find them twice.
note prepare
preparation_log="$run_dir/logs/$SLURM_JOB_ID.preparation.log"
status=0
env -u SLURM_CPUS_PER_TASK -u SLURM_TRES_PER_TASK -u SLURM_NTASKS_PER_NODE \
  "$srun" --nodes="$nodes" --ntasks="$nodes" --ntasks-per-node=1 \
  --cpus-per-task="$((ranks_per_node * cpus_per_rank))" --mpi=none \
  --chainer-prepare --chainer-image="$image" --chainer-env="$(packages)" \
  true >>"$preparation_log" 2>&1 || status=$?
note prepared "$status"
if [ "$status" -ne 0 ]; then
  cat "$preparation_log" >&2
  exit "$status"
fi

# Every rank leaves its exit code, and the first that fails its number: srun alone would say 143 for
# ranks that it ended because of another. Slurm signals the shell alone (proctrack/cgroup), which passes
# the signal on and goes on waiting. A shell's background command ignores INT and QUIT, and env(1) of
# coreutils takes that back where the image has it.
# shellcheck disable=SC2016  # expanded by the shell of each rank
rank_command='
  results=$1
  shift
  if env --default-signal=INT,QUIT true 2>/dev/null; then
    set -- env --default-signal=INT,QUIT "$@"
  fi
  # A node that lacks the plugin runs this on the host, where the run would find another Python, or none.
  on_the_host() {
    printf "chainer: cannot run rank %s in its container: node %s started it on the host\n" \
      "$SLURM_PROCID" "$SLURMD_NODENAME" >&2
    echo "next: an administrator must add spank_chainer.so to the plugstack.conf of that node" >&2
    exit 1
  }
  [ -n "${CHAINER_SUBMIT_CONTAINER-}" ] || set -- on_the_host
  exec 3<&0  # what runs in the background would get /dev/null
  "$@" <&3 3<&- &
  child=$!
  for signal in HUP INT QUIT TERM USR1 USR2; do
    trap "kill -s $signal $child 2>/dev/null" "$signal"
  done
  while wait "$child"; code=$?; kill -0 "$child" 2>/dev/null; do :; done

  printf "%s\n" "$code" >"$results/ranks/$SLURM_PROCID"
  if [ "$code" -ne 0 ]; then
    (set -C; printf "%s %s\n" "$SLURM_PROCID" "$code" >"$results/first_failure") 2>/dev/null
  fi
  exit "$code"
'

# The names of the run's variables, which win over those of Slurm and of the image.
keep=$(IFS=,; printf '%s' "${environment[*]%%=*}")

note run
status=0
env "${environment[@]}" \
  "$srun" --nodes="$nodes" --ntasks="$ranks" --ntasks-per-node="$ranks_per_node" \
  --cpus-per-task="$cpus_per_rank" --mpi="$mpi" --kill-on-bad-exit=1 \
  --chainer-image="$image" --chainer-env="$(packages)" --chainer-shm-size="$shm_size" \
  --chainer-mount="$run_dir:$run_dir" --chainer-workdir="$run_dir/source" --chainer-keep="$keep" \
  /bin/sh -c "$rank_command" rank "$attempt_dir" python "$entry_script" "${arguments[@]}" || status=$?

if [ -e "$attempt_dir/first_failure" ]; then
  read -r _ status <"$attempt_dir/first_failure"
fi
note ran "$status"
exit "$status"

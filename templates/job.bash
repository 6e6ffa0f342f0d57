# What stands above is this run's own; what follows is the same for every run.
# shellcheck shell=bash
# shellcheck disable=SC2154  # the variables above are written by the program
set -u  # no -e: every exit code is looked at, since the record needs it

fail() {
  printf 'chainer: cannot %s\nnext: %s\n' "$1" "$2" >&2
  exit 1
}

[ -n "${SLURM_JOB_ID-}" ] || fail 'run outside of a job' "sbatch $0"
for needed in source rank.py; do
  [ -e "$run_dir/$needed" ] || fail "find $run_dir/$needed" 'submit the estimator again'
done

# Resolved before the run's own PATH is set.
srun=$(type -P srun) || fail 'find srun' 'ask for Slurm on the PATH of batch scripts'

# The environment as Slurm gave it, for the steps: this shell has changed some of it, such as a variable
# of the user's that is called like one of the script's. Options of ours that the submitting shell had
# would change what this script says.
inherited=()
while IFS= read -r -d '' variable; do
  case $variable in
    CHAINER_SUBMIT_*) ;;
    *=*) inherited+=("$variable") ;;
  esac
done </proc/$$/environ

# A requeued job keeps its id: what belongs to one attempt lies under both numbers.
attempt="$SLURM_JOB_ID.${SLURM_RESTART_COUNT:-0}"
attempt_dir="$run_dir/attempts/$attempt"
ranks=$((nodes * ranks_per_node))
mkdir -p "$attempt_dir/ranks" || fail "make $attempt_dir" 'look at the quota and the mode of that folder'

# Where scripts of the retired service leave what they keep; it was there for them.
outputs="$run_dir/source/outputs"
[ -e "$outputs" ] || mkdir -p "$outputs" || fail "make $outputs" 'look at the quota and the mode of that folder'

# One line per event: what happened, when (seconds since 1970), and more about it.
note() { printf '%s %(%s)T %s\n' "$1" -1 "${2-}" >>"$attempt_dir/record"; }

# Runs at every end of this script that lets it write. Only one that this script chose may say 0. An
# attempt that another one follows has no end of its own.
# shellcheck disable=SC2317  # called by the trap
finish() {
  local status=$? rank code
  [ -n "$is_over" ] || [ "$status" -ne 0 ] || status=1
  for ((rank = 0; rank < ranks; rank++)); do
    [ -s "$attempt_dir/ranks/$rank" ] || continue
    read -r code <"$attempt_dir/ranks/$rank" && note rank "$rank $code"
  done
  [ ! -s "$attempt_dir/first_failure" ] || note first_failure "$(<"$attempt_dir/first_failure")"
  [ -n "$is_queued_again" ] || note end "$status"
  exit "$status"
}
is_over=
is_queued_again=
is_asked_to_end=
trap finish EXIT
# A signal without a handler would end this shell before its run is over. It goes on, and what Slurm
# makes of the job is Slurm's to say; the ranks get their signals from Slurm.
for signal in HUP INT QUIT USR1 USR2 ALRM TERM XCPU XFSZ VTALRM PROF IO PWR; do
  # shellcheck disable=SC2064  # expanded now on purpose
  trap "is_asked_to_end=$signal; note signal $signal" "$signal"
done

over() {
  is_over=yes
  exit "$1"
}

note start "$SLURM_JOB_NODELIST"

# Slurm itself counts nobody's restarts.
if [ "${SLURM_RESTART_COUNT:-0}" -gt "${max_restarts:-${SLURM_RESTART_COUNT:-0}}" ]; then
  fail "start again: this is restart $SLURM_RESTART_COUNT, and run.max_restarts is $max_restarts" \
    'look at the log for what ended the attempts before, and submit again'
fi

# The node leaves the lock beside the list of packages: a rerun installs what the first run had.
listed="$run_dir/environment/requirements.txt"
[ ! -e "$run_dir/environment/environment.yml" ] || listed="$run_dir/environment/environment.yml"
packages() {
  if [ -e "$listed.lock.json" ]; then
    printf '%s' "$listed.lock.json"
  else
    printf '%s' "$listed"
  fi
}

# Preparation: downloads and installs on every node, one task each with all the run's CPUs there.
# The sizes of the run's tasks are taken out of the environment, where srun would find them twice.
note prepare
preparation_log="$run_dir/logs/$SLURM_JOB_ID.preparation.log"
status=0
env -i "${inherited[@]}" \
  env -u SLURM_CPUS_PER_TASK -u SLURM_TRES_PER_TASK -u SLURM_NTASKS_PER_NODE \
  "$srun" --nodes="$nodes" --ntasks="$nodes" --ntasks-per-node=1 \
  --cpus-per-task="$((ranks_per_node * cpus_per_rank))" --mpi=none \
  --chainer-prepare --chainer-image="$image" --chainer-env="$(packages)" \
  true >>"$preparation_log" 2>&1 || status=$?
note prepared "$status"
if [ "$status" -ne 0 ]; then
  # What every node says of one mistake stands in the job's log once.
  awk '/^(chainer|next): / { said = $0; sub(/^chainer: node [^,:]*, step/, "step", said); if (seen[said]++) next } 1' \
    "$preparation_log" >&2
  over "$status"
fi

# What is the run's own reaches the ranks in files: to the byte, and without the limits of a command
# line. rank.py puts it together, leaves every rank's exit code and the first that fails: srun alone
# would say 143 for ranks that it ended because of another.
strings() { [ $# -eq 0 ] || printf '%s\0' "$@"; }
if ! strings "${environment[@]}" >"$attempt_dir/environment" ||
  ! strings python "$entry_script" "${arguments[@]}" >"$attempt_dir/command"; then
  fail "write into $attempt_dir" 'look at the quota and the mode of that folder'
fi

# In a mount a backslash stands before each backslash, colon and comma of a path.
mounted=${run_dir//\\/"\\\\"}
mounted=${mounted//:/"\\:"}
mounted=${mounted//,/"\\,"}

notice=(${notify_before:+"$notify_before"})
note run "$ranks"
status=0
env -i "${inherited[@]}" \
  "$srun" --nodes="$nodes" --ntasks="$ranks" --ntasks-per-node="$ranks_per_node" \
  --cpus-per-task="$cpus_per_rank" --mpi="$mpi" --kill-on-bad-exit=1 \
  --chainer-image="$image" --chainer-env="$(packages)" --chainer-shm-size="$shm_size" \
  --chainer-mount="$mounted:$mounted" --chainer-workdir="$run_dir/source" \
  /usr/bin/env python -I -S "$run_dir/rank.py" "$attempt_dir" "$label" "${notice[@]}" || status=$?

# The ranks that left no exit code. On a network file system the last ones may take a moment to show.
silent_ranks() {
  local rank
  silent=()
  for ((rank = 0; rank < ranks; rank++)); do
    [ -s "$attempt_dir/ranks/$rank" ] || silent+=("$rank")
  done
  [ ${#silent[@]} -gt 0 ]
}

# Empty where the disk is full.
if [ -s "$attempt_dir/first_failure" ]; then
  read -r _ status _ <"$attempt_dir/first_failure"
fi
if [ "$status" -eq 0 ]; then
  # srun of Slurm 22.05 says 0 for a step that one of its nodes could not start.
  for ((second = 0; second < 10; second++)); do
    silent_ranks || break
    sleep 1
    : "$attempt_dir/ranks/"*  # reads the folder anew
  done
  if silent_ranks; then
    status=1
    printf 'chainer: srun says 0, but %d of %d ranks never said how they ended\nnext: %s\n' \
      "${#silent[@]}" "$ranks" 'look above for what srun says of their nodes, and submit again' >&2
  fi
fi
note ran "$status"

# The ranks were told that the time is nearly over, saved their work and ended: the job goes on from there
# in a new attempt. A cancel and the time limit itself come to this shell too, and end the job.
if [ -e "$attempt_dir/notified" ] && [ -n "$requeue" ] && [ -z "$is_asked_to_end" ] &&
  [ "${SLURM_RESTART_COUNT:-0}" -lt "${max_restarts:-$((${SLURM_RESTART_COUNT:-0} + 1))}" ]; then
  if scontrol requeue "$SLURM_JOB_ID"; then
    is_queued_again=yes
    note requeued
    over 0
  fi
  printf 'chainer: cannot queue this job again\nnext: %s\n' \
    "look above for what scontrol says; sbatch $run_dir/job.sbatch starts it again" >&2
fi
over "$status"

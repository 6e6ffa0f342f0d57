# What stands above belongs to this run; what follows is the same for every run.
# shellcheck shell=bash
# shellcheck disable=SC2154  # the variables above are written by the program
set -u  # no -e: every exit code is looked at, since the record needs it

[ -r "$run_dir/run.bash" ] || {
  printf 'chainer: cannot read %s\nnext: submit the estimator again\n' "$run_dir/run.bash" >&2
  exit 1
}
# shellcheck source=templates/run.bash
. "$run_dir/run.bash"
[ -n "${SLURM_JOB_ID-}" ] || fail 'run outside of a job' "sbatch $0"
need_files source rank.py
[ ${#downloads[@]} -eq 0 ] || need_files stage.py

# Looked up before the run's own PATH is set.
srun=$(type -P srun) || fail 'find srun' 'ask for Slurm on the PATH of batch scripts'
chainer_node=${CHAINER_SUBMIT_NODE:-$(type -P chainer-node || printf /usr/libexec/chainer/chainer-node)}

# For the steps. Options of ours in the submitting shell would change what this script says.
inherit 'CHAINER_SUBMIT_*' "$password_variable" "${dropped_variables[@]}"
inherit_settings "${site_settings[@]}"
# These variables would change how the commands answer.
unset "${!SQUEUE_@}" "${!SCONTROL_@}"

# A requeued job keeps its id: what belongs to one attempt lies under both numbers.
attempt="$SLURM_JOB_ID.${SLURM_RESTART_COUNT:-0}"
attempt_dir="$run_dir/attempts/$attempt"
ranks=$((nodes * ranks_per_node))
make_folder "$attempt_dir/ranks"
make_folder "$run_dir/source/outputs"  # where scripts of the retired service leave what they keep

# Runs at every end that leaves this script the time to write. Only an end that the script chose may
# give 0. An attempt that is followed by another records no end.
# shellcheck disable=SC2317  # called by the trap
finish() {
  local status=$?
  [ -n "$is_over" ] || [ "$status" -ne 0 ] || status=1
  note_ranks
  # A job that Slurm may start again needs them then.
  [ -n "$requeue" ] && [ -n "$is_asked_to_end" ] || [ -n "$is_queued_again" ] || drop_credentials
  [ -n "$is_queued_again" ] || note end "$status"
  exit "$status"
}
# Removes the credentials of the image's registry. All elements of an array share them.
drop_credentials() {
  auth=()
  if [ -n "${SLURM_ARRAY_JOB_ID-}" ] &&
    squeue --noheader --array --job="$SLURM_ARRAY_JOB_ID" --format=%A | grep -qvx "$SLURM_JOB_ID"; then
    return
  fi
  rm -rf "$run_dir/private"
}
auth=()
[ ! -e "$run_dir/private/auth.json" ] || auth=(--chainer-auth="$run_dir/private/auth.json")
is_over=
is_queued_again=
is_asked_to_end=
trap finish EXIT
# A signal without a handler would end this shell before its run is over, so each is only noted: the
# ranks get theirs from Slurm, which decides what becomes of the job.
for signal in HUP INT QUIT USR1 USR2 ALRM TERM XCPU XFSZ VTALRM PROF IO PWR; do
  # shellcheck disable=SC2064  # expanded now on purpose
  trap "is_asked_to_end=$signal; note signal $signal" "$signal"
done

over() {
  is_over=yes
  exit "$1"
}

note start "$SLURM_JOB_NODELIST"
[ -z "${SLURM_ARRAY_TASK_ID-}" ] || note element "$SLURM_ARRAY_TASK_ID"

# Slurm itself does not limit restarts.
if [ "${SLURM_RESTART_COUNT:-0}" -gt "${max_restarts:-${SLURM_RESTART_COUNT:-0}}" ]; then
  fail "start again: this is restart $SLURM_RESTART_COUNT, and run.max_restarts is $max_restarts" \
    'look at the log for what ended the attempts before, and submit again'
fi

choose_python

# Runs a command once on each of some nodes, with all the CPUs that the run has there. The sizes of
# the run's tasks are removed from the environment, where srun would find them a second time. A node
# that is done waits for those that are not, whatever WaitTime the site has for its users' programs.
on_nodes() {
  env -i "${inherited[@]}" \
    env -u SLURM_CPUS_PER_TASK -u SLURM_TRES_PER_TASK -u SLURM_NTASKS_PER_NODE \
    "$srun" --nodes="$1" --ntasks="$1" --ntasks-per-node=1 \
    --cpus-per-task="$((ranks_per_node * cpus_per_rank))" --mpi=none --wait=0 "${@:2}"
}

# The options that put a step into the image, with the run's packages, locked by the node that
# prepared them. Without an image it stays on the host.
in_image() {
  find_list
  packages=()
  [ -n "$user_managed" ] || packages=(--chainer-env="$listed_or_locked")
  container=()
  [ -z "$image" ] || container=(--chainer-image="$image" "${auth[@]}" "${packages[@]}" ${kept_variables:+"--chainer-keep=$kept_variables"})
}

# stage_dir: where downloaded inputs lie on each node, for all attempts of the job. Anybody may write
# into /tmp, and could take a name before that can be guessed.
name_stage() {
  local earlier word=
  for earlier in "$run_dir/attempts/$SLURM_JOB_ID".*/inputs; do
    [ ! -s "$earlier" ] || read -r word <"$earlier"
  done
  [ -n "$word" ] || word=$(mktemp --dry-run XXXXXXXX)
  printf '%s\n' "$word" >"$attempt_dir/inputs" || fail "write into $attempt_dir" 'look at the quota and the mode of that folder'
  stage_dir="${SLURM_TMPDIR:-/tmp}/chainer-inputs.$UID.$SLURM_JOB_ID.$word"
}

# Inputs are shown in the container, or lie on each node's own disk for as long as the job lives,
# including later attempts. The user's own variables come after those that say where inputs are.
run_mount="$(in_mount "$run_dir"):$(in_mount "$run_dir")"
[ ${#downloads[@]} -eq 0 ] || name_stage
mount_binds --chainer-mount "${binds[@]}"
mount_downloads --chainer-mount "${downloads[@]}"
environment=("${shells_own[@]}" "${places[@]}" "${environment[@]}")

# Also removes what jobs that are gone have left; nothing is removed without a list of the user's
# jobs.
stage_inputs() {
  note stage
  write_strings "$attempt_dir/downloads" "${downloads[@]}"
  squeue --noheader --array --user="$UID" --format=%A >"$attempt_dir/jobs" || rm -f "$attempt_dir/jobs"
  in_image
  local above
  above=$(in_mount "${stage_dir%/*}")
  [ -z "$image" ] || container+=("${stage_mounts[@]}" --chainer-mount="$above:$above" --chainer-mount="$run_mount")
  on_nodes "$nodes" "${container[@]}" "${python[@]}" -I -S "$run_dir/stage.py" "$stage_dir" "$attempt_dir"
}

# bound: the options that say which CPUs of its node each rank gets.
choose_binding() {
  case $binding in
    '') bound=() ;;
    auto) plan_binding ;;
    none | cores) bound=(--cpu-bind="$binding") ;;
    *) bound=(--cpu-bind="mask_cpu:$binding") ;;
  esac
}

# Asks chainer-node on every node, in a step of the run's own shape: Slurm gives it the CPUs and the
# GPUs that the run gets. The masks of one srun hold on all of its nodes, so where these are to be
# bound differently, Slurm lays the ranks out.
plan_binding() {
  local answered=0 first='' differs='' words
  note bind
  env -i "${inherited[@]}" \
    "$srun" --nodes="$nodes" --ntasks="$ranks" --ntasks-per-node="$ranks_per_node" \
    --cpus-per-task="$cpus_per_rank" --mpi=none --wait=0 --cpu-bind=none \
    "$chainer_node" topology --srun --ranks="$ranks_per_node" \
    >"$attempt_dir/binding" 2>>"$preparation_log" || answered=-1
  # A site's TaskProlog may print other lines.
  while [ "$answered" -ge 0 ] && read -r -a words; do
    [[ ${words[1]-} = --cpu-bind=mask_cpu:* ]] || continue
    answered=$((answered + 1))
    if [ -z "$first" ]; then
      first=${words[0]}
      bound=("${words[@]:1}")
    elif [ "${words[*]:1}" != "${bound[*]}" ]; then
      differs=${words[0]}
    fi
  done <"$attempt_dir/binding"
  if [ "$answered" -eq "$nodes" ] && [ -z "$differs" ]; then
    printf 'chainer: the processes of each node are started with %s\n' "${bound[*]}" >>"$preparation_log"
    return
  fi
  bound=(--cpu-bind=cores)
  if [ -n "$differs" ]; then
    printf 'chainer: node %s has other CPUs for the run than node %s' "$differs" "$first"
  else
    printf 'chainer: not every node could say how its processes are best bound'
  fi >>"$preparation_log"
  printf '; they are started with %s\n' "${bound[*]}" >>"$preparation_log"
}

# A job that is being ended gets no more steps: the user's next run on these nodes then removes its
# inputs.
remove_inputs() {
  [ ${#downloads[@]} -gt 0 ] && [ -z "$is_asked_to_end" ] || return 0
  on_nodes "$nodes" rm -rf -- "$stage_dir" || note left "$stage_dir"
}

# Preparation: downloads and installs on every node.
note prepare
preparation_log="$run_dir/logs/$SLURM_JOB_ID.preparation.log"
status=0
in_image
if [ -n "$image" ]; then
  # Each node says what it took; what a site's TaskProlog prints is none of that.
  # No shell says it: one ends where a variable of the user's, such as OPTIND, is not to its taste.
  on_nodes "$nodes" --chainer-prepare "${container[@]}" awk 'BEGIN { print ENVIRON["CHAINER_SUBMIT_PREPARED"] }' \
    >"$attempt_dir/prepared" 2>>"$preparation_log" || status=$?
  # Not in a pipe: its shell would not have this script's handlers of signals.
  awk '/^[{]"node":/ { print; next } { print >"/dev/stderr" }' "$attempt_dir/prepared" \
    >"$attempt_dir/preparation.jsonl" 2>>"$preparation_log"
  rm -f "$attempt_dir/prepared"
  [ "$status" -ne 0 ] || tabulate_preparation "$attempt_dir/preparation.jsonl" >>"$preparation_log"
else
  make_host_environment on_nodes 1 >>"$preparation_log" 2>&1 || status=$?
fi
[ -n "$requeue" ] || drop_credentials  # every node has the image
if [ "$status" -eq 0 ] && [ ${#downloads[@]} -gt 0 ]; then
  stage_inputs >>"$preparation_log" 2>&1 || status=$?
fi
[ "$status" -ne 0 ] || choose_binding
note prepared "$status"
if [ "$status" -ne 0 ]; then
  # A mistake that every node reports stands in the job's log only once.
  awk '/^(chainer|next): / { said = $0; sub(/^chainer: node [^,:]*, step/, "step", said); if (seen[said]++) next } 1' \
    "$preparation_log" >&2
  remove_inputs
  over "$status"
fi

# rank.py puts the command together and records every rank's exit code and the first rank that
# fails: srun alone would give 143 for ranks that it ended because of another one.
write_strings "$attempt_dir/environment" "${environment[@]}"
write_strings "$attempt_dir/command" "$program" "$entry_script" "${arguments[@]}"

in_image
place=(--chdir="$run_dir/source")
[ -z "$image" ] || place=("${mounts[@]}" --chainer-mount="$run_mount" --chainer-workdir="$run_dir/source")
note run "$ranks"
status=0
env -i "${inherited[@]}" \
  "$srun" --nodes="$nodes" --ntasks="$ranks" --ntasks-per-node="$ranks_per_node" \
  --cpus-per-task="$cpus_per_rank" "${bound[@]}" --mpi="$mpi" --kill-on-bad-exit=1 \
  "${container[@]}" --chainer-shm-size="$shm_size" "${place[@]}" \
  "${python[@]}" -I -S "$run_dir/rank.py" "$attempt_dir" "$label" "$notify_before" "$image" || status=$?

[ "$status" -eq 0 ] || show_what_was_cut_off
# Empty where the disk is full.
if [ -s "$attempt_dir/first_failure" ]; then
  read -r _ status _ <"$attempt_dir/first_failure"
fi
if [ "$status" -eq 0 ]; then
  # srun of Slurm 22.05 gives 0 for a step that one of its nodes could not start. On a network file
  # system, what the last ranks left may take a moment to show.
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

# The ranks were told that the time was nearly over, saved their work and ended: the job continues
# in a new attempt. A cancel and the time limit itself also reach this shell, and end the job.
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

remove_inputs
over "$status"

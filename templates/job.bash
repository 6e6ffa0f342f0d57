# What stands above is this run's own; what follows is the same for every run.
# shellcheck shell=bash
# shellcheck disable=SC2154  # the variables above are written by the program
set -u  # no -e: every exit code is looked at, since the record needs it

fail() {
  printf 'chainer: cannot %s\nnext: %s\n' "$1" "$2" >&2
  exit 1
}

[ -n "${SLURM_JOB_ID-}" ] || fail 'run outside of a job' "sbatch $0"
needed_files=(source rank.py)
[ ${#downloads[@]} -eq 0 ] || needed_files+=(stage.py)
for needed in "${needed_files[@]}"; do
  [ -e "$run_dir/$needed" ] || fail "find $run_dir/$needed" 'submit the estimator again'
done

# Resolved before the run's own PATH is set.
srun=$(type -P srun) || fail 'find srun' 'ask for Slurm on the PATH of batch scripts'

# Whether the site lets no run have this variable of the submitting shell.
is_dropped() {
  local pattern
  for pattern in "${dropped_variables[@]}"; do
    # shellcheck disable=SC2053  # it may end in *
    [[ $1 != $pattern ]] || return 0
  done
  return 1
}

# The environment as Slurm gave it, for the steps: this shell has changed some of it, such as a variable
# of the user's that is called like one of the script's. Options of ours that the submitting shell had
# would change what this script says.
inherited=()
while IFS= read -r -d '' variable; do
  case $variable in
    CHAINER_SUBMIT_* | "${password_variable:-CHAINER_SUBMIT_}"=*) ;;
    *=*) is_dropped "${variable%%=*}" || inherited+=("$variable") ;;
  esac
done </proc/$$/environ
# What the site says where the submitting shell says nothing: where packages come from.
for setting in "${site_settings[@]}"; do
  [[ " ${inherited[*]%%=*} " == *" ${setting%%=*} "* ]] || inherited+=("$setting")
done
# What would change how these commands answer.
unset "${!SQUEUE_@}" "${!SCONTROL_@}"

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
  # A job that Slurm may start again needs them then.
  [ -n "$requeue" ] && [ -n "$is_asked_to_end" ] || [ -n "$is_queued_again" ] || drop_credentials
  [ -n "$is_queued_again" ] || note end "$status"
  exit "$status"
}
# The credentials of the image's registry. The other elements of an array have the same ones.
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
find_packages() {
  packages=(--chainer-env="$listed")
  [ ! -e "$listed.lock.json" ] || packages=(--chainer-env="$listed.lock.json")
  [ -z "$user_managed" ] || packages=()
}

# An environment has a python; an image's own may be called python3 alone.
python=(/usr/bin/env python)
# shellcheck disable=SC2016  # expanded in the container
[ -z "$user_managed" ] || python=(/bin/sh -c 'exec "$(command -v python || command -v python3)" "$@"' python)

# In a mount a backslash stands before each backslash, colon and comma of a path.
in_mount() {
  local path=${1//\\/"\\\\"}
  path=${path//:/"\\:"}
  printf '%s' "${path//,/"\\,"}"
}

# Runs a command once on each of some nodes, with all the run's CPUs there. The sizes of the run's tasks are
# taken out of the environment, where srun would find them twice.
on_nodes() {
  env -i "${inherited[@]}" \
    env -u SLURM_CPUS_PER_TASK -u SLURM_TRES_PER_TASK -u SLURM_NTASKS_PER_NODE \
    "$srun" --nodes="$1" --ntasks="$1" --ntasks-per-node=1 \
    --cpus-per-task="$((ranks_per_node * cpus_per_rank))" --mpi=none "${@:2}"
}

# What a step is given to be in the image, with the run's packages. Without an image it stays on the host.
in_image() {
  find_packages
  container=()
  [ -z "$image" ] || container=(--chainer-image="$image" "${auth[@]}" "${packages[@]}" ${kept_variables:+"--chainer-keep=$kept_variables"})
}

# Without an image the packages are in an environment of the host's Python, in the run's folder, which the
# first node makes. What else the account has for Python does not reach the run.
host_environment="$run_dir/environment/host"
own_python=(env -u PYTHONHOME -u PYTHONPATH -u PYTHONSTARTUP -u PYTHONUSERBASE -u VIRTUAL_ENV PYTHONNOUSERSITE=1)
if [ -z "$image" ]; then
  python=("${own_python[@]}" "$host_environment/bin/python")
  [ -z "$user_managed" ] || python=(/usr/bin/env python3)
fi
make_host_environment() {
  [ -z "$user_managed" ] || return 0
  [ ! -e "$host_environment/complete" ] || return 0
  # shellcheck disable=SC2016  # expanded on the node
  on_nodes 1 "${own_python[@]}" /bin/sh -euc '
    rm -rf "$1"
    python3 -m venv --without-pip "$1"
    if [ -e "$2.build-constraints.txt" ]; then
      export PIP_BUILD_CONSTRAINT="$2.build-constraints.txt" PIP_CONSTRAINT="$2.build-constraints.txt"
    fi
    python3 -m pip --python "$1/bin/python" install --no-input --disable-pip-version-check --quiet -r "$2"
    if [ -e "$2.startup.pth" ]; then
      cp "$2.startup.pth" "$("$1/bin/python" -c "import sysconfig; print(sysconfig.get_path(\"purelib\"))")/chainer.pth"
    fi
    python3 -m pip --python "$1/bin/python" freeze --disable-pip-version-check >"$1/complete"
  ' sh "$host_environment" "$listed" ||
    { printf 'chainer: cannot make the environment of the run\nnext: %s\n' \
      'look above for what pip says; nodes need python3 with venv and pip' && return 1; } >&2
}

strings() { [ $# -eq 0 ] || printf '%s\0' "$@"; }

# Inputs are shown in the container, or lie on each node's own disk for as long as the job lives, later
# attempts included. Variables of the user's own come after those that say where.
run_mount="$(in_mount "$run_dir"):$(in_mount "$run_dir")"
mounts=()
for ((i = 0; i < ${#binds[@]}; i += 2)); do
  mounts+=(--chainer-mount="$(in_mount "${binds[i]}"):$(in_mount "${binds[i + 1]}")")
done
stage_dir="${SLURM_TMPDIR:-/tmp}/chainer-inputs.$UID.$SLURM_JOB_ID"
stage_mounts=(--chainer-mount="$(in_mount "${stage_dir%/*}"):$(in_mount "${stage_dir%/*}")")
places=()
for ((i = 0; i < ${#downloads[@]}; i += 5)); do
  name=${downloads[i]} from=$(in_mount "${downloads[i + 1]}") file=${downloads[i + 3]}
  staged="$stage_dir/$name${file:+/$file}"
  place=${downloads[i + 4]:-"$staged"}
  mounts+=(--chainer-mount="$(in_mount "$staged"):$(in_mount "$place")")
  [ "${from#/}" = "$from" ] || stage_mounts+=(--chainer-mount="$from:$from:ro")
  places+=("CHAINER_INPUT_${name^^}=$place" "AZUREML_DATAREFERENCE_$name=$place")
done
environment=("${places[@]}" "${environment[@]}")

# What jobs that are gone have left is taken away too; without a list of the user's jobs nothing is.
stage_inputs() {
  note stage
  strings "${downloads[@]}" >"$attempt_dir/downloads" ||
    fail "write into $attempt_dir" 'look at the quota and the mode of that folder'
  squeue --noheader --array --user="$UID" --format=%A >"$attempt_dir/jobs" || rm -f "$attempt_dir/jobs"
  in_image
  [ -z "$image" ] || container+=("${stage_mounts[@]}" --chainer-mount="$run_mount")
  on_nodes "$nodes" "${container[@]}" "${python[@]}" -I -S "$run_dir/stage.py" "$stage_dir" "$attempt_dir"
}

# A job that is being ended gets no more steps: the user's next run on these nodes takes its inputs away.
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
  on_nodes "$nodes" --chainer-prepare "${container[@]}" true >>"$preparation_log" 2>&1 || status=$?
else
  make_host_environment >>"$preparation_log" 2>&1 || status=$?
fi
[ -n "$requeue" ] || drop_credentials  # every node has the image
if [ "$status" -eq 0 ] && [ ${#downloads[@]} -gt 0 ]; then
  stage_inputs >>"$preparation_log" 2>&1 || status=$?
fi
note prepared "$status"
if [ "$status" -ne 0 ]; then
  # What every node says of one mistake stands in the job's log once.
  awk '/^(chainer|next): / { said = $0; sub(/^chainer: node [^,:]*, step/, "step", said); if (seen[said]++) next } 1' \
    "$preparation_log" >&2
  remove_inputs
  over "$status"
fi

# What is the run's own reaches the ranks in files: to the byte, and without the limits of a command
# line. rank.py puts it together, leaves every rank's exit code and the first that fails: srun alone
# would say 143 for ranks that it ended because of another.
program=python
[ -z "$user_managed" ] && [ -n "$image" ] || program= # the one that runs rank.py
if ! strings "${environment[@]}" >"$attempt_dir/environment" ||
  ! strings "$program" "$entry_script" "${arguments[@]}" >"$attempt_dir/command"; then
  fail "write into $attempt_dir" 'look at the quota and the mode of that folder'
fi

in_image
place=(--chdir="$run_dir/source")
[ -z "$image" ] || place=("${mounts[@]}" --chainer-mount="$run_mount" --chainer-workdir="$run_dir/source")
note run "$ranks"
status=0
env -i "${inherited[@]}" \
  "$srun" --nodes="$nodes" --ntasks="$ranks" --ntasks-per-node="$ranks_per_node" \
  --cpus-per-task="$cpus_per_rank" --mpi="$mpi" --kill-on-bad-exit=1 \
  "${container[@]}" --chainer-shm-size="$shm_size" "${place[@]}" \
  "${python[@]}" -I -S "$run_dir/rank.py" "$attempt_dir" "$label" "$notify_before" "$image" || status=$?

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

remove_inputs
over "$status"

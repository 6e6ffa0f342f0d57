# What stands above is this run's own; what follows is the same for every run on this machine, without Slurm.
# shellcheck shell=bash
# shellcheck disable=SC2154  # the variables above are written by the program
set -u  # no -e: every exit code is looked at, since the record needs it

fail() {
  printf 'chainer: cannot %s\nnext: %s\n' "$1" "$2" >&2
  exit 1
}

needed_files=(source rank.py ranks.sh)
[ ${#downloads[@]} -eq 0 ] || needed_files+=(stage.py)
for needed in "${needed_files[@]}"; do
  [ -e "$run_dir/$needed" ] || fail "find $run_dir/$needed" 'submit the estimator again'
done
node=${CHAINER_SUBMIT_NODE-chainer-node}
[ -z "$image" ] || type -P "$node" >/dev/null || fail "find $node" 'install chainer-node, or put it on the PATH'

# Whoever holds this lock is the run: chainer-submit has it already, for the shell that it starts. What this
# shell starts holds it too, so that a run is over when all of it is.
{ true >&9; } 2>/dev/null || exec 9>>"$run_dir/.running"
flock -n 9 || fail "start $run_dir" 'it runs already: chainer-submit follow shows it'
printf '%s %s\n' "$$" "$HOSTNAME" >"$run_dir/.running"

# What a job or an MPI that this was started from has set is not this run's.
for variable in $(compgen -e); do
  case $variable in
    SLURM_* | PMI_* | PMIX_* | OMPI_COMM_* | CHAINER_SUBMIT_CONTAINER) unset "$variable" ;;
  esac
done

# What the site says of the environment of this shell.
for pattern in "${dropped_variables[@]}"; do
  for variable in $(compgen -e); do
    # shellcheck disable=SC2053  # it may end in *
    [[ $variable != $pattern ]] || unset "$variable"
  done
done
for setting in "${site_settings[@]}"; do
  variable=${setting%%=*}
  [ -n "${!variable-}" ] || export "${setting?}"
done

attempt_dir="$run_dir/attempts/$$.0"
ranks=$((nodes * ranks_per_node))
mkdir -p "$attempt_dir/ranks" || fail "make $attempt_dir" 'look at the quota and the mode of that folder'
outputs="$run_dir/source/outputs"
[ -e "$outputs" ] || mkdir -p "$outputs" || fail "make $outputs" 'look at the quota and the mode of that folder'
cd "$run_dir/source" || fail "enter $run_dir/source" 'look at the mode of that folder'
# Runs that were killed have left theirs.
for left in /tmp/chainer-run."$UID".*; do
  process=${left#/tmp/chainer-run."$UID".}
  [ ! -O "$left" ] || kill -0 "${process%%.*}" 2>/dev/null || rm -rf "$left"
done
scratch=$(mktemp -d "/tmp/chainer-run.$UID.$$.XXXXXX") || fail 'make a folder in /tmp' 'make room there'

# One line per event: what happened, when (seconds since 1970), and more about it.
note() { printf '%s %(%s)T %s\n' "$1" -1 "${2-}" >>"$attempt_dir/record"; }

state=
is_over=
helpers=()
# shellcheck disable=SC2317  # called by the trap
finish() {
  local status=$? rank code
  [ -n "$is_over" ] || [ "$status" -ne 0 ] || status=1
  for ((rank = 0; rank < ranks; rank++)); do
    [ -s "$attempt_dir/ranks/$rank" ] || continue
    read -r code <"$attempt_dir/ranks/$rank" && note rank "$rank $code"
  done
  [ ! -s "$attempt_dir/first_failure" ] || note first_failure "$(<"$attempt_dir/first_failure")"
  [ ${#helpers[@]} -eq 0 ] || kill "${helpers[@]}" 2>/dev/null
  rm -rf "$run_dir/private" "$scratch"
  [ -n "$state" ] || { state=COMPLETED && [ "$status" -eq 0 ]; } || state=FAILED
  printf '%s\n' "$state" >"$attempt_dir/state"
  note end "$status"
  exit "$status"
}
trap finish EXIT
over() {
  is_over=yes
  exit "$1"
}

# Something for later, which does not keep the run alive and ends with it.
after() { # SECONDS COMMAND…
  (
    exec 9>&- >/dev/null 2>&1
    sleep "$1" &
    trap 'kill $!' TERM
    wait $! && "${@:2}"
  ) &
  helpers+=($!)
}

# What is asked to end has as long to save its work as Slurm gives by default.
grace=30
child=
# shellcheck disable=SC2317  # called by traps
end_child() {
  [ -n "$child" ] || return 0
  kill -TERM "$child" 2>/dev/null
  [ "${1-}" = gently ] || after "$grace" kill -KILL "$child"
}
for signal in HUP INT QUIT TERM; do
  # shellcheck disable=SC2064  # expanded now on purpose
  trap "note signal $signal; state=CANCELLED; end_child" "$signal"
done
trap 'note signal ALRM; state=TIMEOUT; end_child' ALRM
trap 'end_child gently' USR1
if [ "$time_limit" -gt 0 ]; then
  after "$time_limit" kill -ALRM $$
  [ -z "$notify_before" ] || [ "$notify_before" -ge "$time_limit" ] ||
    after $((time_limit - notify_before)) kill -USR1 $$
fi

# Runs a command to its end, whatever signals come meanwhile.
run_to_end() {
  local status
  [ -z "$state" ] || return 143
  "$@" </dev/null &
  child=$!
  while true; do
    wait "$child"
    status=$?
    kill -0 "$child" 2>/dev/null || break
  done
  child=
  return "$status"
}

note start "$HOSTNAME"

auth=()
[ ! -e "$run_dir/private/auth.json" ] || auth=(--auth "$run_dir/private/auth.json")
listed="$run_dir/environment/requirements.txt"
[ ! -e "$run_dir/environment/environment.yml" ] || listed="$run_dir/environment/environment.yml"
packages=()
if [ -z "$user_managed" ]; then
  packages=(--env "$listed")
  [ ! -e "$listed.lock.json" ] || packages=(--env "$listed.lock.json")
fi
# An environment has a python; an image's own may be called python3 alone.
python=(/usr/bin/env python)
# shellcheck disable=SC2016  # expanded in the container
[ -z "$user_managed" ] || python=(/bin/sh -c 'exec "$(command -v python || command -v python3)" "$@"' python)

# Without an image the packages are in an environment of this machine's Python, in the run's folder.
host_environment="$run_dir/environment/host"
own_python=(env -u PYTHONHOME -u PYTHONPATH -u PYTHONSTARTUP -u PYTHONUSERBASE -u VIRTUAL_ENV PYTHONNOUSERSITE=1)
if [ -z "$image" ]; then
  python=("${own_python[@]}" "$host_environment/bin/python")
  [ -z "$user_managed" ] || python=(/usr/bin/env python3)
fi
# shellcheck disable=SC2317  # called by run_to_end
make_host_environment() {
  [ -z "$user_managed" ] || return 0
  [ ! -e "$host_environment/complete" ] || return 0
  # shellcheck disable=SC2016  # expanded there
  "${own_python[@]}" /bin/sh -euc '
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
  ' sh "$host_environment" "$listed"
}

# In a mount a backslash stands before each backslash, colon and comma of a path.
in_mount() {
  local path=${1//\\/"\\\\"}
  path=${path//:/"\\:"}
  printf '%s' "${path//,/"\\,"}"
}
strings() { [ $# -eq 0 ] || printf '%s\0' "$@"; }

run_mount="$(in_mount "$run_dir"):$(in_mount "$run_dir")"
mounts=(--mount "$run_mount")
for ((i = 0; i < ${#binds[@]}; i += 2)); do
  mounts+=(--mount "$(in_mount "${binds[i]}"):$(in_mount "${binds[i + 1]}")")
done
stage_dir="$scratch/chainer-inputs.$UID.$$"
stage_mounts=(--mount "$run_mount")
places=()
for ((i = 0; i < ${#downloads[@]}; i += 5)); do
  name=${downloads[i]} from=$(in_mount "${downloads[i + 1]}") file=${downloads[i + 3]}
  staged="$stage_dir/$name${file:+/$file}"
  place=${downloads[i + 4]:-"$staged"}
  mounts+=(--mount "$(in_mount "$staged"):$(in_mount "$place")")
  [ "${from#/}" = "$from" ] || stage_mounts+=(--mount "$from:$from:ro")
  places+=("CHAINER_INPUT_${name^^}=$place" "AZUREML_DATAREFERENCE_$name=$place")
done
environment=("${places[@]}" "${environment[@]}")

# Runs a command in the image, or on this machine where there is none.
inside() { # OPTION… -- COMMAND…
  if [ -n "$image" ]; then
    run_to_end "$node" run --image "$image" ${kept_variables:+"--keep=$kept_variables"} "${auth[@]}" "${packages[@]}" "$@"
    return
  fi
  while [ "$1" != -- ]; do shift; done
  run_to_end "${@:2}"
}

note prepare
preparation_log="$run_dir/logs/$$.preparation.log"
status=0
if [ -n "$image" ]; then
  run_to_end "$node" run --prepare --image "$image" "${auth[@]}" "${packages[@]}" >>"$preparation_log" 2>&1 || status=$?
else
  run_to_end make_host_environment >>"$preparation_log" 2>&1 || status=$?
fi
rm -rf "$run_dir/private"
auth=()
if [ "$status" -eq 0 ] && [ ${#downloads[@]} -gt 0 ]; then
  note stage
  strings "${downloads[@]}" >"$attempt_dir/downloads"
  inside "${stage_mounts[@]}" -- "${python[@]}" -I -S "$run_dir/stage.py" "$stage_dir" "$attempt_dir" \
    >>"$preparation_log" 2>&1 || status=$?
fi
note prepared "$status"
if [ "$status" -ne 0 ]; then
  cat "$preparation_log" >&2
  over "$status"
fi

program=python
[ -z "$user_managed" ] && [ -n "$image" ] || program= # the one that runs rank.py
if ! strings "${environment[@]}" >"$attempt_dir/environment" ||
  ! strings "$program" "$entry_script" "${arguments[@]}" >"$attempt_dir/command"; then
  fail "write into $attempt_dir" 'look at the quota and the mode of that folder'
fi
note run "$ranks"
status=0
inside --shm-size "$shm_size" "${mounts[@]}" --workdir "$run_dir/source" -- \
  /bin/sh "$run_dir/ranks.sh" "$ranks" "$scratch" "$attempt_dir" \
  "${python[@]}" -I -S "$run_dir/rank.py" "$attempt_dir" "$label" "$notify_before" "$image" || status=$?
[ ! -s "$attempt_dir/first_failure" ] || read -r _ status _ <"$attempt_dir/first_failure"
for ((rank = 0; rank < ranks && status == 0; rank++)); do
  [ -s "$attempt_dir/ranks/$rank" ] || status=1
done
note ran "$status"
over "$status"

# What stands above belongs to this run; what follows is the same for every run on this machine,
# without Slurm.
# shellcheck shell=bash
# shellcheck disable=SC2154  # the variables above are written by the program
set -u  # no -e: every exit code is looked at, since the record needs it

[ -r "$run_dir/run.bash" ] || {
  printf 'chainer: cannot read %s\nnext: submit the estimator again\n' "$run_dir/run.bash" >&2
  exit 1
}
# shellcheck source=templates/run.bash
. "$run_dir/run.bash"
need_files source rank.py ranks.sh
[ ${#downloads[@]} -eq 0 ] || need_files stage.py
node=${CHAINER_SUBMIT_NODE-chainer-node}
[ -z "$image" ] || type -P "$node" >/dev/null || fail "find $node" 'install chainer-node, or put it on the PATH'

# Whoever holds this lock is the run. chainer-submit already holds it for the shell that it starts.
# What this shell starts holds it too, so that a run is over only when all of it has ended.
{ true >&9; } 2>/dev/null || exec 9>>"$run_dir/.running"
flock -n 9 || fail "start $run_dir" 'it runs already: chainer-submit follow shows it'
printf '%s %s\n' "$$" "$HOSTNAME" >"$run_dir/.running"

# Variables set by the job or the MPI that started this do not belong to this run.
inherit 'SLURM_*' 'PMI_*' 'PMIX_*' 'OMPI_COMM_*' CHAINER_SUBMIT_CONTAINER CHAINER_SUBMIT_NODE "$password_variable" \
  "${dropped_variables[@]}"
inherit_settings "${site_settings[@]}"

attempt_dir="$run_dir/attempts/$$.0"
ranks=$((nodes * ranks_per_node))
make_folder "$attempt_dir/ranks"
make_folder "$run_dir/source/outputs"
cd "$run_dir/source" || fail "enter $run_dir/source" 'look at the mode of that folder'
# Removes the folders of runs that were killed. Another account may have put a link to one's own there.
for left in /tmp/chainer-run."$UID".*; do
  process=${left#/tmp/chainer-run."$UID".}
  [ -L "$left" ] || [ ! -O "$left" ] || kill -0 "${process%%.*}" 2>/dev/null || rm -rf "$left"
done
scratch=$(mktemp -d "/tmp/chainer-run.$UID.$$.XXXXXX") || fail 'make a folder in /tmp' 'make room there'

state=
is_over=
helpers=()
# shellcheck disable=SC2317  # called by the trap
finish() {
  local status=$?
  [ -n "$is_over" ] || [ "$status" -ne 0 ] || status=1
  note_ranks
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

# Runs a command later. It does not keep the run alive, and ends with it.
after() { # SECONDS COMMAND…
  (
    exec 9>&- >/dev/null 2>&1
    sleep "$1" &
    trap 'kill $!' TERM
    wait $! && "${@:2}"
  ) &
  helpers+=($!)
}

# A run that is asked to end has as long to save its work as Slurm gives by default.
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

# Runs a program to its end, whatever signals come in the meantime.
run_to_end() {
  local status
  [ -z "$state" ] || return 143
  env -i "${inherited[@]}" PWD="$PWD" "$@" </dev/null &
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
find_list
packages=()
[ -n "$user_managed" ] || packages=(--env "$listed_or_locked")
choose_python

run_mount="$(in_mount "$run_dir"):$(in_mount "$run_dir")"
stage_dir="$scratch/chainer-inputs.$UID.$$"
mount_binds --mount "${binds[@]}"
mount_downloads --mount "${downloads[@]}"
environment=("${shells_own[@]}" "${places[@]}" "${environment[@]}")

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
  make_host_environment run_to_end >>"$preparation_log" 2>&1 || status=$?
fi
rm -rf "$run_dir/private"
auth=()
if [ "$status" -eq 0 ] && [ ${#downloads[@]} -gt 0 ]; then
  note stage
  write_strings "$attempt_dir/downloads" "${downloads[@]}"
  inside --mount="$run_mount" "${stage_mounts[@]}" -- "${python[@]}" -I -S "$run_dir/stage.py" "$stage_dir" "$attempt_dir" \
    >>"$preparation_log" 2>&1 || status=$?
fi
note prepared "$status"
if [ "$status" -ne 0 ]; then
  cat "$preparation_log" >&2
  over "$status"
fi

write_strings "$attempt_dir/environment" "${environment[@]}"
write_strings "$attempt_dir/command" "$program" "$entry_script" "${arguments[@]}"
note run "$ranks"
status=0
inside --shm-size "$shm_size" "${mounts[@]}" --mount="$run_mount" --workdir "$run_dir/source" -- \
  env -u OPTIND /bin/sh "$run_dir/ranks.sh" "$ranks" "$scratch" "$attempt_dir" \
  "${python[@]}" -I -S "$run_dir/rank.py" "$attempt_dir" "$label" "$notify_before" "$image" || status=$?
[ ! -s "$attempt_dir/first_failure" ] || read -r _ status _ <"$attempt_dir/first_failure"
[ "$status" -ne 0 ] || ! silent_ranks || status=1
note ran "$status"
over "$status"

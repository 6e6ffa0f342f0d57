# Functions that the scripts of a run share, whether Slurm or this machine alone runs them; read
# with `.` from the run's folder. Each says what it needs and what it leaves.
# shellcheck shell=bash
# shellcheck disable=SC2034  # what they leave is for the script
# shellcheck disable=SC2154  # the script has set what they need

fail() { # WHAT NEXT
  printf 'chainer: cannot %s\nnext: %s\n' "$1" "$2" >&2
  exit 1
}

# Checks for the files of the run's folder that its script needs.
need_files() { # NAME…
  local name
  for name in "$@"; do
    [ -e "$run_dir/$name" ] || fail "find $run_dir/$name" 'submit the estimator again'
  done
}

make_folder() { # PATH
  [ -e "$1" ] || mkdir -p "$1" || fail "make $1" 'look at the quota and the mode of that folder'
}

# inherited: the environment that this shell was started with, without what matches a pattern. The
# shell's own environment has changed: a user's variable may have the name of one of the script's.
# shells_own: what the shells between this one and a rank change, drop or cannot handle, for rank.py
# to restore.
inherit() { # PATTERN…
  local variable pattern
  inherited=()
  shells_own=()
  while IFS= read -r -d '' variable; do
    for pattern in "$@"; do
      # shellcheck disable=SC2053  # it may end in *
      [[ ${variable%%=*} != $pattern ]] || continue 2
    done
    [[ $variable = *=* ]] || continue
    inherited+=("$variable")
    case ${variable%%=*} in
      BASH_FUNC_* | PWD) ;;
      IFS | OPTIND | OPTERR | OLDPWD | PPID | PS4 | SHLVL | LINENO | RANDOM | SECONDS | _ | *[!A-Za-z0-9_]* | [0-9]*) shells_own+=("$variable") ;;
    esac
  done </proc/$$/environ
}

# Adds to it what the site sets where the submitting shell sets nothing.
inherit_settings() { # NAME=VALUE…
  local setting variable
  for setting in "$@"; do
    for variable in "${inherited[@]}"; do
      [ "${variable%%=*}" != "${setting%%=*}" ] || continue 2
    done
    inherited+=("$setting")
  done
}

# Adds a line to the attempt's record: what happened, when (seconds since 1970), and more about it.
note() { # EVENT [MORE]
  printf '%s %(%s)T %s\n' "$1" -1 "${2-}" >>"$attempt_dir/record"
}

# Records how the ranks ended, as far as they have said it.
note_ranks() {
  local rank code
  for ((rank = 0; rank < ranks; rank++)); do
    [ -s "$attempt_dir/ranks/$rank" ] || continue
    read -r code <"$attempt_dir/ranks/$rank" && note rank "$rank $code"
  done
  [ ! -s "$attempt_dir/first_failure" ] || note first_failure "$(<"$attempt_dir/first_failure")"
}

# silent: the ranks that left no exit code. True when there are any.
silent_ranks() {
  local rank
  silent=()
  for ((rank = 0; rank < ranks; rank++)); do
    [ -s "$attempt_dir/ranks/$rank" ] || silent+=("$rank")
  done
  [ ${#silent[@]} -gt 0 ]
}

# A rank that calls MPI_Abort is killed with its whole step, maybe before srun has shown its last words. Its own log has them.
show_what_was_cut_off() {
  # As Open MPI says it, and as MPICH does.
  local said=(-e 'MPI_ABORT was invoked on rank' -e 'application called MPI_Abort(') log
  log=$(grep -lsF "${said[@]}" "$attempt_dir"/ranks/*.log | head -n 1)
  [ -n "$log" ] || return 0
  # Only a file can be looked into. A pipe would be emptied.
  if [ -f /proc/$$/fd/1 ] && grep -qF "${said[@]}" /proc/$$/fd/1; then return 0; fi
  printf 'chainer: the last words of a rank, which were cut off above, from %s:\n' "$log"
  tail -n 50 "$log"
}

# A table of what the nodes of a preparation said: of each phase how many nodes had it, the slowest of them,
# and the bytes of all. It is as long for a thousand nodes as for one.
tabulate_preparation() { # FILE
  LC_ALL=C awk -F '"' '
    function human(bytes, units, unit) {
      split("bytes kB MB GB TB", units, " ")
      for (unit = 1; bytes >= 1000 && unit < 5; unit++) bytes /= 1000
      return sprintf(unit > 1 && bytes < 10 ? "%.1f %s" : "%.0f %s", bytes, units[unit])
    }
    function line(what, phase, nodes, seconds, slowest, bytes) {
      printf "  %-11s  %-8s  %5s  %7s  %9s  %s\n", what, phase, nodes, seconds, bytes, slowest
    }
    NF == 23 {
      row = $12 " " $16
      nodes[row]++
      bytes[row] += substr($21, 2)
      if (!(row in most) || substr($19, 2) + 0 > most[row]) {
        most[row] = substr($19, 2) + 0
        slowest[row] = $4
      }
    }
    END {
      all = "node whole"
      if (!(all in nodes)) exit
      if (nodes[all] == 1) printf "chainer: prepared node %s in %.1f s\n", slowest[all], most[all]
      else printf "chainer: prepared %d nodes in %.1f s, the slowest %s\n", nodes[all], most[all], slowest[all]
      line("what", "phase", "nodes", "seconds", "slowest", "bytes")
      split("image environment", kinds, " ")
      phases = split("found wait resolve download build convert", names, " ")
      for (w = 1; w <= 2; w++)
        for (p = 1; p <= phases; p++) {
          row = kinds[w] " " names[p]
          if (names[p] == "found" && row in nodes) line(kinds[w], "found", nodes[row], "-", "-", "-")
          else if (row in nodes)
            line(kinds[w], names[p], nodes[row], sprintf("%.1f", most[row]), slowest[row], bytes[row] ? human(bytes[row]) : "-")
        }
    }' "$1"
}

strings() { [ $# -eq 0 ] || printf '%s\0' "$@"; }

# The run's own strings reach the ranks in files: exact to the byte, and without the limits of a
# command line.
write_strings() { # FILE STRING…
  strings "${@:2}" >"$1" || fail "write into ${1%/*}" 'look at the quota and the mode of that folder'
}

# In a mount, each backslash, colon and comma of a path is escaped with a backslash.
in_mount() { # PATH
  local path=${1//\\/"\\\\"}
  path=${path//:/"\\:"}
  printf '%s' "${path//,/"\\,"}"
}

# mounts: options that show inputs in the container.
mount_binds() { # OPTION [HOST-PATH CONTAINER-PATH]…
  local option=$1
  mounts=()
  while [ $# -gt 1 ]; do
    mounts+=("$option=$(in_mount "$2"):$(in_mount "$3")")
    shift 2
  done
}

# Adds to mounts what is downloaded into $stage_dir. stage_mounts: options for the step that
# downloads; places: the variables that say where it is.
mount_downloads() { # OPTION [NAME SOURCE DIGEST FILE PLACE]…
  local option=$1 from staged place
  stage_mounts=()
  places=()
  while [ $# -gt 1 ]; do
    from=$(in_mount "$3")
    staged="$stage_dir/$2${5:+/$5}"
    place=${6:-"$staged"}
    mounts+=("$option=$(in_mount "$staged"):$(in_mount "$place")")
    [ "${from#/}" = "$from" ] || stage_mounts+=("$option=$from:$from:ro")
    places+=("CHAINER_INPUT_${2^^}=$place" "AZUREML_DATAREFERENCE_$2=$place")
    shift 5
  done
}

# listed: what is to be installed. The lock lies beside the list of packages: a rerun installs what
# the first run had.
find_list() {
  listed="$run_dir/environment/requirements.txt"
  [ ! -e "$run_dir/environment/environment.yml" ] || listed="$run_dir/environment/environment.yml"
  listed_or_locked=$listed
  [ ! -e "$listed.lock.json" ] || listed_or_locked="$listed.lock.json"
}

# python: the command that is the run's Python. Without an image, the run's packages are in an
# environment of the host's Python in the run's folder, and nothing else that the account has for
# Python reaches the run.
choose_python() {
  host_environment="$run_dir/environment/host"
  own_python=(env -u PYTHONHOME -u PYTHONPATH -u PYTHONSTARTUP -u PYTHONUSERBASE -u VIRTUAL_ENV PYTHONNOUSERSITE=1)
  if [ -n "$image" ] && [ -n "$user_managed" ]; then
    # An image's own Python may be called only python3.
    # shellcheck disable=SC2016  # expanded in the container
    python=(/usr/bin/env -u OPTIND /bin/sh -c 'exec "$(command -v python || command -v python3)" "$@"' python)
  elif [ -n "$image" ]; then
    python=(/usr/bin/env python)  # the environment's
  elif [ -n "$user_managed" ]; then
    python=(/usr/bin/env python3)
  else
    python=("${own_python[@]}" "$host_environment/bin/python")
  fi
  # What runs the script; empty for the Python that runs rank.py.
  program=python
  [ -z "$user_managed" ] && [ -n "$image" ] || program=
}

# Makes the host's environment, unless it exists. START… runs a command where it is made.
make_host_environment() { # START…
  [ -z "$user_managed" ] || return 0
  [ ! -e "$host_environment/complete" ] || return 0
  # shellcheck disable=SC2016  # expanded there
  "$@" "${own_python[@]}" /bin/sh -euc '
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
  ' sh "$host_environment" "$listed" && return
  printf 'chainer: cannot make the environment of the run\nnext: %s\n' \
    'look above for what pip says; its machine needs python3 with venv and pip' >&2
  return 1
}

# A machine that is a cluster of one node, as a site has one before it hears of us, and what is looked at there.
# shellcheck shell=bash
image=/srv/image
log=/var/log/slurm

step() { # WHAT FUNCTION
  printf '== %s (%d s)\n' "$1" "$SECONDS"
  "$2"
}

fail() { echo "${0##*/}: $1" >&2; exit 1; }

same() { # WHAT IS EXPECTED
  [ "$2" = "$3" ] || fail "$1 is '$2', expected '$3'"
}

apt() { apt-get -qq -o Dpkg::Use-Pty=0 "$@"; }

install_slurm() {
  printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
  chmod 755 /usr/sbin/policy-rc.d
  apt update
  apt install -y --no-install-recommends slurmctld slurmd slurm-client munge libpmix-dev python3 >/tmp/apt.log 2>&1 || { cat /tmp/apt.log; exit 1; }
  useradd --create-home --shell /bin/bash user
  install -d -o munge -g munge /run/munge
  install -d -o slurm -g slurm "$log" /var/spool/slurmctld /run/slurm
  runuser -u munge -- /usr/sbin/munged
  slurm_conf >/etc/slurm/slurm.conf
  start_slurm
}

slurm_conf() {
  local ports
  read -ra ports < <(free_ports)
  cat <<END
ClusterName=one
SlurmctldHost=$(hostname)(127.0.0.1)
SlurmctldPort=${ports[0]}
SlurmdPort=${ports[1]}
SlurmUser=slurm
StateSaveLocation=/var/spool/slurmctld
SlurmctldPidFile=/run/slurm/slurmctld.pid
SlurmdPidFile=/run/slurm/slurmd.pid
SlurmctldLogFile=$log/slurmctld.log
SlurmdLogFile=$log/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SlurmdParameters=config_overrides
ReturnToService=2
MessageTimeout=60
NodeName=$(hostname) NodeAddr=127.0.0.1 CPUs=2 RealMemory=512
PartitionName=all Nodes=ALL Default=YES MaxTime=10
END
}

free_ports() {
  python3 -c '
import socket
sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
print(*[s.getsockname()[1] for s in sockets])'
}

start_slurm() {
  /usr/sbin/slurmctld
  /usr/sbin/slurmd
  for _ in $(seq 60); do
    [ "$(sinfo --noheader --format=%T 2>/dev/null)" != idle ] || return 0
    sleep 1
  done
  tail -n 20 "$log"/*
  fail "the node did not become idle"
}

# The programs and libraries of this Debian, without what only root may read.
make_image() {
  install -d $image/etc $image/usr $image/tmp $image/proc $image/sys $image/dev
  cp -a /bin /lib /lib64 /sbin $image
  cp -a /usr/bin /usr/lib /usr/lib64 $image/usr
  echo 'the image' >$image/etc/where
  chmod -R a+rX $image
}

run_as_user() { # reads the command
  runuser -u user -- env --chdir=/home/user HOME=/home/user USER=user LOGNAME=user bash -euo pipefail
}

look_at_what_is_installed() {
  local folder
  folder=$(scontrol show config | sed -n 's/^PluginDir *= //p')
  [ -e "$folder/spank_chainer.so" ] || fail "the plugin is not in $folder"
  [ -e "$folder/spank_chainer_epilog.so" ] || fail "the plugin for the end of jobs is not in $folder"
  same "the owner of the store" "$(stat -c %U:%a /var/lib/chainer/store)" chainer:755
  same "the owner of /run/chainer" "$(stat -c %U:%a /run/chainer)" root:700
  same "what a step sees" "$(echo "srun --chainer-image=$image cat /etc/where" | run_as_user)" "the image"
  same "what another step sees" "$(echo 'srun test ! -e /etc/where && echo no image' | run_as_user)" "no image"
}

train() {
  install -d -o user /home/user/run
  cat >/home/user/run/train.py <<'END'
import os, pathlib
print("trained in", pathlib.Path("/etc/where").read_text().strip(), os.statvfs("/dev/shm").f_blocks * os.statvfs("/dev/shm").f_frsize)
END
  cat >/home/user/run/train.toml <<END
source_directory = "."
entry_script = "train.py"
compute_target = "cluster"
custom_docker_image = "$image"
user_managed = true
shm_size = "32m"
END
  echo "chainer-submit run/train.toml --follow" | run_as_user | tee /tmp/run
  grep -qx 'trained in the image 33554432' /tmp/run || fail "the run did not say what it should have"
}

# All that bears the product's name, but for what is the site's own: the shared folders and the account.
find_files() {
  find / \( -path /proc -o -path /sys -o -path /dev -o -path /tmp -o -path /root -o -path /shared -o -path /home -o \
    -path /chainer-submit -o -path /var/tmp -o -path /var/cache -o -path /srv \) -prune -o -name '*chainer*' -print | sort
}

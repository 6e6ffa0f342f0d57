# What the packages' own scripts do, those of Debian and of RPM. They run as root, with the shell of the system.
# shellcheck shell=sh

say_what_plugstack_lacks() {
  grep -Eqs '^[[:space:]]*include[[:space:]]+/etc/slurm/plugstack\.conf\.d/' /etc/slurm/plugstack.conf && return
  echo "chainer-node: Slurm does not load the plugin: /etc/slurm/plugstack.conf does not include the folder plugstack.conf.d"
  echo "next: add the line 'include /etc/slurm/plugstack.conf.d/*.conf' to it"
}

# What the plugin keeps mounted between steps. Steps that run have mounts of their own.
drop_mounts() {
  awk '$5 ~ "^/run/chainer/" { print $5 }' /proc/self/mountinfo | sort -r | xargs --no-run-if-empty umount -l || true
  rm -rf --one-file-system /run/chainer
}

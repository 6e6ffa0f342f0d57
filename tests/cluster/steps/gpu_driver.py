"""A GPU driver on the cluster's nodes: the files that one installs, and its device nodes, made by hand.

The devices are those that Slurm hands out (cluster/gpus.py), under the names of a driver's. Opening one tells what the
devices cgroup decided: ENXIO, as there is no driver, where the task may have it, and EPERM where it may not.
"""

import os
import re
import shutil
import subprocess
from pathlib import Path

from . import cluster, site

VERSION = "535.104.05"
LIBRARY = 'int %s(int *version) { *version = %d; return 0; }\n'
# What a framework does: asks the loader for the driver's library by its name alone.
FRAMEWORK = """
#include <dlfcn.h>
#include <stdio.h>
int main(int argc, char **argv) {
  int version = 0;
  void *library = dlopen(argv[1], RTLD_NOW);
  if (!library) return puts(dlerror()), 1;
  int (*ask)(int *) = (int (*)(int *))dlsym(library, argv[2]);
  ask(&version);
  return printf("%d\\n", version) < 0;
}
"""
SMI = """
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
int main(int argc, char **argv) {
  for (char **path = argv + 1; *path; ++path)
    printf("%s: %s\\n", *path, open(*path, O_RDWR) < 0 ? strerror(errno) : "opened");
  return 0;
}
"""


def folder():
    return cluster.folder() / "driver"


def list_file():
    return cluster.folder() / "etc" / "gpu-files"


def install():
    """Puts the driver's files into a folder of root's, as a driver's installer leaves them."""
    lib, tools = folder() / "lib", folder() / "bin"
    lib.mkdir(parents=True)
    tools.mkdir()
    for name, function, version in (("libcuda.so", "cuDriverGetVersion", 12020), ("libnvidia-ml.so", "nvmlVersion", 535)):
        _library(lib / f"{name}.{VERSION}", f"{name}.1", LIBRARY % (function, version))
        (lib / f"{name}.1").symlink_to(f"{name}.{VERSION}")
        (lib / name).symlink_to(f"{name}.1")
    shutil.move(site.build("nvidia-smi", SMI, "-static"), tools)


def _library(path, soname, source):
    command = ["gcc", "-x", "c", "-", "-shared", "-fPIC", f"-Wl,-soname,{soname}", "-o", path]
    subprocess.run(command, input=source, text=True, check=True)


def into_image(root):
    """Gives an image a libc, a framework, and a stale copy of the driver's library from whoever made it."""
    framework = root / "bin/framework"
    subprocess.run(["gcc", "-x", "c", "-", "-o", framework], input=FRAMEWORK, text=True, check=True)
    needed = subprocess.run(["ldd", framework], capture_output=True, text=True, check=True).stdout
    for path in re.findall(r"(/\S+)", needed):
        target = root / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    stale = root / "usr/lib/stale/libcuda.so.1"
    stale.parent.mkdir(parents=True)
    _library(stale, "libcuda.so.1", LIBRARY % ("cuDriverGetVersion", 9000))


def make_devices(node, count):
    """Gives the node a /dev of its own that has the names of a driver's devices as well."""
    majors = {os.major(os.stat(cluster.folder() / "gpus" / f"gpu{number}").st_rdev) for number in range(count)}
    cluster.on_node(node, "sh", "-ec", _DEV, "make-devices", str(majors.pop()), str(count))


_DEV = """
dev=/tmp/dev
mkdir $dev
mount -t tmpfs -o mode=755 dev $dev
find /dev -mindepth 1 -maxdepth 1 ! -type d ! -type s -exec cp -a {} $dev/ \\;
for folder in pts shm mqueue; do
    [ ! -d /dev/$folder ] || { mkdir $dev/$folder; mount --rbind /dev/$folder $dev/$folder; }
done
for number in $(seq 0 $(($2 - 1))); do mknod -m 666 $dev/nvidia$number c $1 $number; done
for name in nvidiactl nvidia-uvm nvidia-uvm-tools nvidia-modeset nvidia-caps/nvidia-cap1 nvidia-caps/nvidia-cap2 infiniband/uverbs0; do
    mkdir -p $(dirname $dev/$name)
    mknod -m 666 $dev/$name c 1 3
done
mount --rbind $dev /dev
umount -l $dev
rmdir $dev
"""


def cdi():
    """What the vendor's tool writes about the driver: the files, but not the names by which programs ask for them."""
    files = sorted((folder() / "lib").glob(f"*.{VERSION}"))
    mounts = [(path, f"/usr/lib/x86_64-linux-gnu/{path.name}") for path in files]
    mounts += [(folder() / "bin/nvidia-smi", "/usr/bin/nvidia-smi"), ("/etc/hosts", "/etc/vulkan/icd.d/nvidia_icd.json")]
    hook = {"hookName": "createContainer", "path": "/usr/bin/nvidia-cdi-hook",
            "args": ["nvidia-cdi-hook", "update-ldcache", "--folder", "/usr/lib/x86_64-linux-gnu"]}
    edits = {
        "deviceNodes": [{"path": "/dev/nvidiactl"}], "hooks": [hook], "env": ["NVIDIA_VISIBLE_DEVICES=void"],
        "mounts": [{"hostPath": str(host), "containerPath": inside, "options": ["ro", "nosuid", "nodev", "bind"]} for host, inside in mounts]}
    devices = [{"name": "0", "containerEdits": {"deviceNodes": [{"path": "/dev/nvidia0"}]}}]
    return {"cdiVersion": "0.5.0", "kind": "nvidia.com/gpu", "containerEdits": edits, "devices": devices}


def cdi_in_yaml():
    """The same as that tool writes it."""
    spec = cdi()
    mounts = "".join(f"  - containerPath: {one['containerPath']}\n    hostPath: {one['hostPath']}\n    options:\n    - ro\n    - bind\n"
                     for one in spec["containerEdits"]["mounts"])
    return f"""---
cdiVersion: 0.5.0
containerEdits:
  deviceNodes:
  - path: /dev/nvidiactl
  hooks:
  - args:
    - nvidia-cdi-hook
    - update-ldcache
    - --folder
    - /usr/lib/x86_64-linux-gnu
    hookName: createContainer
    path: /usr/bin/nvidia-cdi-hook
  mounts:
{mounts}devices:
- containerEdits:
    deviceNodes:
    - path: /dev/nvidia0
  name: "0"
kind: {spec["kind"]}
"""


def give_linker_cache(test, node):
    """The node's loader finds the driver's libraries, until the test ends; its tools are in /usr/local/bin."""
    conf, cache = cluster.folder() / "etc/driver.conf", cluster.folder() / "etc/driver.cache"
    conf.write_text(f"{folder()}/lib\n")
    subprocess.run(["ldconfig", "-X", "-C", cache, "-f", conf], check=True)
    for source, target in ((cache, "/etc/ld.so.cache"), (folder() / "bin", "/usr/local/bin")):
        cluster.on_node(node, "mount", "--bind", source, target)
        test.addCleanup(cluster.on_node, node, "umount", target)


def enter(node, *command):
    """The command line by which root runs a command on the node."""
    init = (cluster.folder() / "nodes" / node / "pid").read_text().strip()
    return ["nsenter", "-t", init, "-m", "-u", "-i", *command]


def lines():
    """The list of the whole driver, as chainer-node gpu-files writes it."""
    lib = folder() / "lib"
    libraries = [f"library {name} {lib}/{name.removesuffix('.1')}.{VERSION}" for name in ("libcuda.so.1", "libnvidia-ml.so.1")]
    return [f"driver {VERSION}", *libraries, f"tool nvidia-smi {folder()}/bin/nvidia-smi"]


def put_list(test, text):
    """The nodes' list, until the test ends."""
    site.set_key(test, "gpu_files", list_file())
    test.addCleanup(Path.unlink, list_file(), missing_ok=True)
    list_file().write_text(text)
    list_file().chmod(0o644)

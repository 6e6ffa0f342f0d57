from spack_repo.builtin.build_systems.autotools import AutotoolsPackage

from spack.package import *


class SquashfsToolsNg(AutotoolsPackage):
    """Tools for SquashFS images, and the library that they share, libsquashfs."""

    homepage = "https://infraroot.at/projects/squashfs-tools-ng/index.html"
    git = "https://github.com/AgentD/squashfs-tools-ng.git"

    license("GPL-3.0-or-later AND LGPL-3.0-or-later")

    version("1.3.1", tag="v1.3.1", commit="8f9966c8ea3ea8a854941d041e7fcb9eb4f772fb")

    depends_on("c", type="build")
    depends_on("autoconf", type="build")
    depends_on("automake", type="build")
    depends_on("libtool", type="build")
    depends_on("pkgconfig", type="build")
    depends_on("zlib-api")
    depends_on("xz")
    depends_on("zstd")

    def configure_args(self):
        return ["--with-gzip", "--with-xz", "--with-zstd", "--without-bzip2", "--without-lz4", "--without-lzo", "--without-selinux"]

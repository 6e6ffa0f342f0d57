from pathlib import Path

from spack_repo.builtin.build_systems.cmake import CMakePackage

from spack.package import *

CHECKOUT = Path(__file__).resolve().parents[6]


class ChainerSubmit(CMakePackage):
    """Training runs that are described once, as Slurm jobs, and a SPANK plugin that prepares container images,
    conda and pip environments and /dev/shm on every allocated node."""

    # The sources are the checkout that this recipe lies in.
    git = f"file://{CHECKOUT}"

    license("Apache-2.0")

    version("main", branch="main")

    depends_on("c", type="build")
    depends_on("cxx", type="build")
    depends_on("cmake@3.25:", type="build")
    depends_on("ninja", type="build")
    depends_on("pkgconfig", type="build")
    depends_on("cli11")
    depends_on("curl")
    depends_on("fmt")
    depends_on("hwloc")
    depends_on("isa-l")
    depends_on("libarchive")
    depends_on("nlohmann-json")
    depends_on("openssl")
    # The plugin is for the release of Slurm that it is built with; a site names its own as an external package.
    depends_on("slurm")
    depends_on("squashfs-tools-ng")
    depends_on("tomlplusplus")
    depends_on("yaml-cpp")
    depends_on("zlib-api")
    depends_on("zstd")

    conflicts("%gcc@:11", msg="the sources are C++20 as gcc 12 knows it")

    generator("ninja")

    def cmake_args(self):
        return [
            self.define("CMAKE_UNITY_BUILD", True),
            self.define("BUILD_TESTING", False),
            # Not Slurm's own folder, which is no part of this prefix: plugstack.conf names the plugin by its path.
            self.define("SLURM_PLUGIN_DIR", ""),
        ]

#!/usr/bin/env python3
"""Solves and installs conda packages for chainer-node, with py-rattler. Runs as the user, outside of the image.

usage: conda-builder.py identify | solve REQUEST | install REQUEST

REQUEST is a JSON file that chainer-node writes. The answer is one JSON object on stdout: what was asked for, or
"error" and whose "fault" it is (Fault of core/result.hpp). Progress goes to stderr, one line each. Old Pythons can
parse this file too, so that one that py-rattler cannot use says so itself.
"""

import json
import os
import sys

OLDEST_PYTHON = (3, 10)  # what the pinned py-rattler is built for
PLATFORMS = {"x86_64": "linux-64", "aarch64": "linux-aarch64", "ppc64le": "linux-ppc64le"}


class Failure(Exception):
    def __init__(self, text, fault):
        super().__init__(text)
        self.fault = fault


def main(command, request=None):
    if sys.version_info < OLDEST_PYTHON:
        raise Failure("Python %d.%d is too old" % sys.version_info[:2], "node")
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "py-rattler"))
    if command == "identify":
        return identify()
    import asyncio

    with open(request, encoding="utf-8") as file:
        asked = json.load(file)
    return asyncio.run({"solve": solve, "install": install}[command](asked))


def identify():
    """The version of py-rattler, and what the node has that packages can ask for."""
    import rattler

    detected = rattler.VirtualPackage.detect(rattler.VirtualPackageOverrides.from_env())
    generic = [package.into_generic() for package in detected]
    virtual = [[one.name.normalized, str(one.version), str(one.build_string)] for one in generic]
    return {"version": rattler.__version__, "virtual": virtual}


async def solve(asked):
    """The packages for `specs`, with `constraints` on those that come along where that is possible."""
    import rattler
    from rattler.exceptions import SolverError

    platforms = [PLATFORMS.get(os.uname().machine, "linux-" + os.uname().machine), "noarch"]
    network = Network(asked)
    gateway = rattler.Gateway(cache_dir=os.path.join(asked["cache"], "index"), client=network.client)

    async def attempt(constraints):
        return await rattler.solve(
            [rattler.Channel(url) for url in asked["channels"]],
            asked["specs"],
            gateway=gateway,
            platforms=platforms,
            virtual_packages=[_virtual(*one) for one in asked["virtual"]],
            channel_priority=getattr(rattler.ChannelPriority, asked["channel_priority"]),
            constraints=constraints,
        )

    try:
        records = await attempt(asked["constraints"])
    except SolverError:
        if not asked["constraints"]:
            raise
        records = await attempt([])
    return {"packages": [_to_json(record) for record in rattler.PackageRecord.sort_topologically(records)]}


def _virtual(name, version, build):
    import rattler
    from rattler.package.build_string import BuildString

    return rattler.GenericVirtualPackage(rattler.PackageName(name), rattler.Version(version), BuildString(build))


async def install(asked):
    """Fills `prefix` with `packages`, as if it were `target`. No script of a package is run."""
    import rattler

    for one in asked["packages"]:
        check_local(one)
    network = Network(asked)
    await rattler.install(
        [_from_json(one) for one in asked["packages"]],
        target_prefix=asked["prefix"],
        alternative_target_prefix=asked["target"],
        cache_dir=os.path.join(asked["cache"], "packages"),
        execute_link_scripts=False,
        client=network.client,
        config=network.config,
        reporter=Progress(),
    )
    return {}


def check_local(package):
    """Checks packages that lie in folders: rattler compares only what it downloads with its hash."""
    import hashlib
    from urllib.parse import unquote, urlsplit

    url = urlsplit(package["url"])
    if url.scheme != "file":
        return
    algorithm = "sha256" if "sha256" in package else "md5"
    found = hashlib.new(algorithm, usedforsecurity=False)
    with open(unquote(url.path), "rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            found.update(block)
    if found.hexdigest() != package[algorithm]:
        text = "hash mismatch of %s: expected %s, got %s"
        raise Failure(text % (package["url"], package[algorithm], found.hexdigest()), "try_again")


class Network:
    """How packages are reached: mirrors and certificates of the site's; proxies and credentials by rattler's own rules."""

    def __init__(self, asked):
        import rattler

        lines = ['tls-root-certs = "all"']
        if not asked["verify_tls"]:
            lines.append("tls-no-verify = true")
        # What is built in the prefix later must not reach the package cache.
        lines.append("allow-hard-links = false")
        lines.append("[mirrors]")
        lines += ["%s = %s" % (json.dumps(url), json.dumps(urls)) for url, urls in sorted(asked["mirrors"].items())]
        self.config = rattler.Config.from_toml("\n".join(lines))
        self.client = rattler.Client.from_config(self.config)


class Progress:
    """Has the methods of rattler's own reporter; events that have no method here are not reported."""

    def on_populate_cache_start(self, operation, package_name):
        say("fetching " + package_name)
        return 0

    def on_link_start(self, operation, package_name):
        say("installing " + package_name)
        return 0

    def __getattr__(self, name):
        if not name.startswith("on_"):
            raise AttributeError(name)
        return lambda *_: 0


def say(text):
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


# The texts of a package's record that go into the lock: where it is, what it must be, and what
# installing needs.
TEXTS = ("name", "version", "build", "subdir", "url", "sha256", "md5", "noarch", "python_site_packages_path")
OTHERS = ("build_number", "size", "depends")


def _to_json(record):
    whole = json.loads(record.to_json())
    return {key: whole[key] for key in TEXTS + OTHERS if whole.get(key) not in (None, "", False)}


def _from_json(one):
    import rattler
    from rattler.package.build_string import BuildString

    package = rattler.PackageRecord(
        name=one["name"],
        version=one["version"],
        build=BuildString(one["build"]),
        build_number=one.get("build_number", 0),
        subdir=one["subdir"],
        noarch=one.get("noarch"),
        depends=one.get("depends", []),
        sha256=bytes.fromhex(one["sha256"]) if "sha256" in one else None,
        md5=bytes.fromhex(one["md5"]) if "md5" in one else None,
        size=one.get("size"),
        python_site_packages_path=one.get("python_site_packages_path"),
    )
    channel, _subdir, name = one["url"].rsplit("/", 2)
    return rattler.RepoDataRecord(package, name, one["url"], channel + "/")


def fault_of(failure):
    """Whether the person asked for something wrong, or something was out of reach."""
    kinds = {
        "SolverError": "user",
        "InvalidMatchSpecError": "user",
        "InvalidChannelError": "user",
        "InvalidUrlError": "user",
        "GatewayError": "try_again",
        "FetchRepoDataError": "try_again",
        "InstallerError": "try_again",
        "ExtractError": "try_again",
        "IoError": "try_again",
        "FileNotFoundError": "try_again",
    }
    return getattr(failure, "fault", None) or kinds.get(type(failure).__name__, "node")


if __name__ == "__main__":
    status = 0
    try:
        answer = main(*sys.argv[1:])
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as failure:  # a panic of rattler's is not an Exception
        answer = {"error": str(failure) or type(failure).__name__, "fault": fault_of(failure)}
        status = 1
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()
    # Threads of rattler's still run and must not meet an interpreter that is half torn down.
    os._exit(status)

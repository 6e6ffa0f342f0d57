"""Makes a folder of small Python packages for the environment tests: make_packages.py DIR"""
import io
import sys
import tarfile
import zipfile
from pathlib import Path

BACKEND = '''
import os, sys, zipfile
def build_wheel(folder, config_settings=None, metadata_directory=None):
    %s
    name = "%s-1.0-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(folder, name), "w") as wheel:
        wheel.writestr("%s.py", "version = 'built'\\n")
        wheel.writestr("%s-1.0.dist-info/METADATA", "Metadata-Version: 2.1\\nName: %s\\nVersion: 1.0\\n")
        wheel.writestr("%s-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr("%s-1.0.dist-info/RECORD", "")
    return name
'''


def wheel(folder, name, version, requires=()):
    info = f"{name}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    metadata += "".join(f"Requires-Dist: {one}\n" for one in requires)
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as archive:
        archive.writestr(f"{name}.py", f"version = '{version}'\n")
        archive.writestr(f"{info}/METADATA", metadata)
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")


def source(folder, name, while_building):
    """A source package that builds itself, so that no build tool has to be downloaded."""
    files = {
        "PKG-INFO": f"Metadata-Version: 2.2\nName: {name}\nVersion: 1.0\n",
        "pyproject.toml": '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
                          f'[project]\nname = "{name}"\nversion = "1.0"\n',
        "backend.py": BACKEND % (while_building, *[name] * 6),
    }
    with tarfile.open(folder / f"{name}-1.0.tar.gz", "w:gz") as archive:
        for path, text in files.items():
            entry = tarfile.TarInfo(f"{name}-1.0/{path}")
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text.encode()))


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir(exist_ok=True)
    wheel(folder, "hello", "1.0")
    wheel(folder, "hello", "2.0")
    wheel(folder, "oldfriend", "1.0", ["hello<2"])
    source(folder, "counted", 'open(os.environ["BUILD_COUNTER"], "a").write("built\\n")')
    source(folder, "broken", 'print("checking for mpicc"); sys.exit("error: mpicc was not found")')
    source(folder, "slow", 'open(os.environ["BUILD_COUNTER"], "a").write("started\\n"); import time; time.sleep(1000)')

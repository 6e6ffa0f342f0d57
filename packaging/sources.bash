# What build-deb and build-rpm share.
# shellcheck shell=bash
: "${project:?the folder of the sources}"

version_of_project() {
  sed -n 's/^project(chainer-submit VERSION \([0-9.]*\) .*/\1/p' "$project/CMakeLists.txt"
}

# Not git's list: the packages are also built where git is not.
copy_sources() { # INTO
  rm -rf "$1"
  mkdir -p "$1"
  tar --create --directory "$project" --exclude=./build --exclude=./.git --exclude=__pycache__ . | tar --extract --directory "$1"
}

# What a package does to a node when it comes and goes is written once, in node-functions.sh.
fill_in_functions() { # FILE…
  sed -i -e "/^#NODE_FUNCTIONS#$/{r $project/packaging/node-functions.sh" -e 'd}' "$@"
}

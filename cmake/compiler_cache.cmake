# Builds through ccache where it is installed. It gets paths relative to the project's folder, so
# that a fresh clone in another folder finds what the first one has compiled.

find_program(ccache_program ccache)
mark_as_advanced(ccache_program)
if(ccache_program AND (NOT CMAKE_CXX_COMPILER_LAUNCHER OR CMAKE_CXX_COMPILER_LAUNCHER STREQUAL "ccache"))
  # Debug information names the folder of the clone that compiled first: gdb's `set substitute-path`.
  set(CMAKE_CXX_COMPILER_LAUNCHER
    ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${ccache_program})
endif()

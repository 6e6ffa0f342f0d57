# What every target of ours links: warnings, and the include root.

add_library(project_settings INTERFACE)
target_include_directories(project_settings INTERFACE
  ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR}/generated)
target_compile_options(project_settings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Wold-style-cast)
# gcc 12 sees overlapping copies in std::string's operator+ that are not there (gcc PR 105651).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(project_settings INTERFACE -Wno-restrict)
endif()

# Unity builds, which most presets use, compile several files as one: most of the time goes into the same headers. So
# two files of one folder have no name in an anonymous namespace in common, and each test file has a namespace of its
# own. The presets tidy and coverage compile each file alone.
if(NOT DEFINED CMAKE_UNITY_BUILD_BATCH_SIZE)
  set(CMAKE_UNITY_BUILD_BATCH_SIZE 16)
endif()
# gcc takes the files of a unity build for headers, of which several programs could be made.
if(CMAKE_UNITY_BUILD AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(project_settings INTERFACE -Wno-subobject-linkage)
endif()

# One place says which version this is, and where it is installed.
configure_file(${PROJECT_SOURCE_DIR}/cmake/version.hpp.in ${PROJECT_BINARY_DIR}/generated/version.hpp)
configure_file(${PROJECT_SOURCE_DIR}/cmake/install_paths.hpp.in ${PROJECT_BINARY_DIR}/generated/install_paths.hpp)

# For what waits for people, Slurm, the disk and the network: more than -O1 would not be noticed there, and would
# lengthen a newcomer's build by half. What hashes, converts and measures is compiled elsewhere.
macro(compile_quickly)
  add_compile_options($<$<CONFIG:Release>:-O1>)
endmacro()

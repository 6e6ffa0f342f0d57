# A program that runs inside any image: static, from main.cpp and the few files of core that it needs,
# without the library core.
function(add_static_program name)
  list(TRANSFORM ARGN PREPEND ${PROJECT_SOURCE_DIR}/core/)
  add_executable(${name} main.cpp ${ARGN})
  target_link_libraries(${name} PRIVATE project_settings program_hardening)
  # The sanitizers' runtimes cannot be linked statically; its tests run it as it is installed.
  target_compile_options(${name} PRIVATE -fno-sanitize=all)
  target_link_options(${name} PRIVATE -fno-sanitize=all)
  # Among the libraries, because it must stand behind CMake's own -pie.
  target_link_libraries(${name} PRIVATE -static-pie)
endfunction()

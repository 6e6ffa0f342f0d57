# What everything that is installed on a cluster is compiled and linked with.
#
# The plugin takes only the compiler's half, since it stays lazily bound
# (spank_plugin/CMakeLists.txt says why). `program_hardening` is the linker's half, for programs.
include(CheckCXXCompilerFlag)
include(CheckPIESupported)
check_pie_supported()

target_compile_options(project_settings INTERFACE -fstack-protector-strong -fstack-clash-protection)
check_cxx_compiler_flag(-fcf-protection has_cf_protection)  # x86
if(has_cf_protection)
  target_compile_options(project_settings INTERFACE -fcf-protection)
endif()
# Fortification needs an optimizing compiler, and hides from the sanitizers what they look for.
if(NOT CMAKE_CXX_FLAGS MATCHES "-fsanitize")
  target_compile_options(project_settings INTERFACE
    $<$<NOT:$<CONFIG:Debug>>:-U_FORTIFY_SOURCE> $<$<NOT:$<CONFIG:Debug>>:-D_FORTIFY_SOURCE=3>)
endif()

add_library(program_hardening INTERFACE)
target_link_options(program_hardening INTERFACE -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack)

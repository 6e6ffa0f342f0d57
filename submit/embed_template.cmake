# Run at build time: writes templates/job.bash into a C++ file, so that the program works from the
# build tree and the template has one source.
file(READ ${TEMPLATE} text)
if(text MATCHES "\\)template\"")
  message(FATAL_ERROR "${TEMPLATE} holds the end mark of a raw string")
endif()
file(WRITE ${OUTPUT} "#include \"submit/job_script.hpp\"
namespace chainer {
const std::string_view job_template = R\"template(${text})template\";
}  // namespace chainer
")

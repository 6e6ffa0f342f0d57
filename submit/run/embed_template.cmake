# Run at build time: writes a file into a C++ file as the constant NAME, which HEADER declares, so that
# the program works from the build tree and a template has one source.
file(READ ${TEMPLATE} text)
if(text MATCHES "\\)template\"")
  message(FATAL_ERROR "${TEMPLATE} holds the end mark of a raw string")
endif()
file(WRITE ${OUTPUT} "#include \"${HEADER}\"
namespace chainer {
const std::string_view ${NAME} = R\"template(${text})template\";
}  // namespace chainer
")

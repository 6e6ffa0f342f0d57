# Run at build time: writes a file into a C++ file as the constant NAME of NAMESPACE, which HEADER declares,
# so that the program works from the build tree and the text has one source.
file(READ ${TEXT} text)
if(text MATCHES "\\)embedded\"")
  message(FATAL_ERROR "${TEXT} holds the end mark of a raw string")
endif()
file(WRITE ${OUTPUT} "#include \"${HEADER}\"
namespace ${NAMESPACE} {
const std::string_view ${NAME} = R\"embedded(${text})embedded\";
}  // namespace ${NAMESPACE}
")

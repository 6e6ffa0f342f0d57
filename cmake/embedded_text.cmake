# embed_text(TARGET HEADER NAMESPACE FILE NAME …): the text of each FILE becomes a constant of TARGET,
# NAMESPACE::NAME, which HEADER declares.
function(embed_text target header namespace)
  set(writer ${PROJECT_SOURCE_DIR}/cmake/write_embedded_text.cmake)
  while(ARGN)
    list(POP_FRONT ARGN file name)
    get_filename_component(text ${file} ABSOLUTE)
    set(output ${CMAKE_CURRENT_BINARY_DIR}/${name}.cpp)
    add_custom_command(OUTPUT ${output}
      COMMAND ${CMAKE_COMMAND} -DTEXT=${text} -DNAME=${name} -DNAMESPACE=${namespace} -DHEADER=${header}
              -DOUTPUT=${output} -P ${writer}
      DEPENDS ${text} ${writer}
      VERBATIM)
    target_sources(${target} PRIVATE ${output})
  endwhile()
endfunction()

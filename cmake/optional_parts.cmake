# Parts that are built where what they need is found. There are no switches: configure says what it
# found.

set_property(GLOBAL PROPERTY optional_parts "")

# note_optional_part(NAME FOUND WHAT): remembers one line for the summary.
function(note_optional_part name found what)
  if(found)
    set(line "${name}: yes")
  else()
    set(line "${name}: no (${what})")
  endif()
  set_property(GLOBAL APPEND PROPERTY optional_parts "${line}")
endfunction()

function(print_optional_parts)
  get_property(lines GLOBAL PROPERTY optional_parts)
  if(lines)
    message(STATUS "Optional parts:")
    foreach(line IN LISTS lines)
      message(STATUS "  ${line}")
    endforeach()
  endif()
endfunction()

# Completes the command line of PROGRAM, which says itself what may come next.
# shellcheck shell=bash disable=SC2207

_PROGRAM_WORD() {
  local rest=${COMP_LINE:0:COMP_POINT} piece words=() i
  # Bash takes a=b and a:b for three words each; for the program they are one.
  for ((i = 0; i <= COMP_CWORD; i++)); do
    piece=${COMP_WORDS[i]}
    if ((i == COMP_CWORD)) && [[ $rest != *"$piece"* ]]; then
      piece=${rest##*[[:space:]]}  # the cursor stands inside of the word
    fi
    if [[ $rest == [[:space:]]* || ${#words[@]} -eq 0 ]]; then
      words+=("$piece")
      rest=${rest#"${rest%%[![:space:]]*}"}
    else
      words[-1]+=$piece
    fi
    rest=${rest#"$piece"}
  done

  local answer kind current=${words[-1]} kept
  answer=$("${1/#\~/$HOME}" complete -- "${words[@]:1}" 2>/dev/null) || return 0
  kind=${answer%%$'\n'*}
  COMPREPLY=()
  while IFS=$'\t' read -r piece _; do
    [[ -n $piece ]] && COMPREPLY+=("$piece")
  done <<<"${answer#"$kind"}"
  # Of a word that bash has taken apart it replaces the last piece alone.
  kept=${current%"${current##*[=:]}"}
  if [[ $COMP_WORDBREAKS == *[=:]* && -n $kept ]]; then
    COMPREPLY=("${COMPREPLY[@]#"$kept"}")
  fi
  case $kind in
    files) COMPREPLY+=($(compgen -f -- "${current#"$kept"}")) && compopt -o filenames ;;
    folders) COMPREPLY+=($(compgen -d -- "${current#"$kept"}")) && compopt -o filenames ;;
  esac
  [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]] && compopt -o nospace
  return 0
}

complete -F _PROGRAM_WORD PROGRAM

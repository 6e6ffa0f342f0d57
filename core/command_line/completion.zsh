#compdef PROGRAM
# Completes the command line of PROGRAM, which says itself what may come next.

_PROGRAM_WORD() {
  local program=${(Q)words[1]} line kind word
  local -a lines plain plain_shown open open_shown before
  (( CURRENT > 2 )) && before=("${(@Q)words[2,CURRENT-1]}")
  lines=("${(@f)$("${program/#\~/$HOME}" complete -- "${before[@]}" "${(Q)PREFIX}" 2>/dev/null)}")
  kind=${lines[1]}
  for line in "${(@)lines[2,-1]}"; do
    word=${line%%$'\t'*}
    [[ -n $word ]] || continue
    if [[ $word == *= ]]; then
      open+=("$word") open_shown+=("$word  ${line#*$'\t'}")
    else
      plain+=("$word") plain_shown+=("$word  ${line#*$'\t'}")
    fi
  done
  (( $#plain )) && compadd -l -d plain_shown -a plain
  (( $#open )) && compadd -l -S '' -d open_shown -a open
  if [[ $kind != words ]]; then
    compset -P '--*='
    [[ $kind == files ]] && _files
    [[ $kind == folders ]] && _files -/
  fi
  return 0
}

if [[ ${funcstack[1]} == _PROGRAM ]]; then
  _PROGRAM_WORD "$@"
else
  compdef _PROGRAM_WORD PROGRAM
fi

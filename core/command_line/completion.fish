# Completes the command line of PROGRAM, which says itself what may come next.

function __PROGRAM_WORD
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l program (string replace -r '^~' $HOME -- $words[1])
    set -l answer ($program complete -- $words[2..-1] $current 2>/dev/null)
    switch "$answer[1]"
        case files
            __fish_complete_path (string replace -r '^--[^=]*=' '' -- $current)
        case folders
            __fish_complete_directories (string replace -r '^--[^=]*=' '' -- $current)
    end
    test (count $answer) -gt 1; and string join \n -- $answer[2..-1]
end

complete -c PROGRAM -f -a '(__PROGRAM_WORD)'

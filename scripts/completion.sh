# shellcheck shell=bash
# Completes targets and environments of `go tool mage` and of `mage`. For bash, from ~/.bashrc:
#   source path/to/scripts/completion.sh
# For zsh the same line, from ~/.zshrc, after
#   autoload -U +X compinit bashcompinit && compinit && bashcompinit
# It asks the magefile of the folder that one stands in, so it completes those of other projects as well.

_splitecs_complete() {
  local line=${COMP_LINE:0:$COMP_POINT} rest
  local -a mage
  case $line in
    'go tool mage '*) mage=(go tool mage) rest=${line#'go tool mage '} ;;
    'mage '*) mage=(mage) rest=${line#'mage '} ;;
    *) return ;;
  esac
  local words
  case $rest in
    *' '*' '*) return ;;
    # The error about a name that cannot be one tells those that there are.
    *' '*) words=$("${mage[@]}" infra:synth '?' 2>&1 | sed -nE 's/.*known are (.*)$/\1/p' | tr -d ',' | tr ' ' '\n') ;;
    *) words=$("${mage[@]}" -l 2>/dev/null | sed -nE 's/^  ([a-zA-Z:]+)\*?( .*)?$/\1/p') ;;
  esac
  local current=${rest##* } before='' word
  # Where bash takes a colon for the end of a word, what stands before it stays as it is.
  case ${COMP_WORDBREAKS-} in *:*) before=${current%"${current##*:}"} ;; esac
  COMPREPLY=()
  while read -r word; do
    case $word in "$current"*) COMPREPLY+=("${word#"$before"}") ;; esac
  done <<<"$words"
}

complete -o default -o bashdefault -F _splitecs_complete go mage

// What a shell is told of completion: it asks the program, which knows its own words.

/// A script for one shell.
enum CompletionScript: String, CaseIterable, Sendable {
  case bash, zsh, fish

  /// To be read by the shell.
  var text: String {
    switch self {
    case .bash: Self.bashText
    case .zsh: Self.zshText
    case .fish: Self.fishText
    }
  }

  /// bash takes words apart at "=" and ":", and wants what follows the last of these only.
  private static let bashText = #"""
    # bash completion of mcmc-run, made by: mcmc-run completion bash
    _mcmc_run() {
      local line=${COMP_LINE:0:COMP_POINT} word candidate names='' head
      local -a words
      read -ra words <<< "$line"
      [[ $line == *[[:space:]] ]] && words+=('')
      word=${words[${#words[@]} - 1]}
      head=${word%"${word##*[=:]}"}
      COMPREPLY=()
      while IFS= read -r candidate; do
        case $candidate in
          :files | :folders) names=$candidate ;;
          *)
            candidate=${candidate%% *}
            [[ $candidate == *= ]] && compopt -o nospace
            COMPREPLY+=("${candidate#"$head"}") ;;
        esac
      done < <("${words[0]/#\~/$HOME}" completion words -- "${words[@]:1}" 2> /dev/null)
      if [[ -n $names && ( $word != -* ) ]]; then
        compopt -o filenames
        [[ $names == :files ]] && names=-f || names=-d
        while IFS= read -r candidate; do COMPREPLY+=("$candidate"); done < <(compgen "$names" -- "$word")
      fi
    }
    complete -F _mcmc_run mcmc-run

    """#

  private static let zshText = #"""
    #compdef mcmc-run
    # zsh completion of mcmc-run, made by: mcmc-run completion zsh
    _mcmc_run() {
      local line word names=''
      local -a shown plain open openShown
      for line in "${(@f)$(${~words[1]} completion words -- "${(@Q)words[2,CURRENT]}" 2> /dev/null)}"; do
        case $line in
          '') ;;
          :files | :folders) names=$line ;;
          *)
            word=${line%% *}
            if [[ $word == *= ]]; then
              open+=("$word")
              openShown+=("${line/ /  -- }")
            else
              plain+=("$word")
              shown+=("${line/ /  -- }")
            fi ;;
        esac
      done
      (( $#open )) && compadd -l -d openShown -S '' -a open
      (( $#plain )) && compadd -l -d shown -a plain
      [[ $names == :files ]] && _files
      [[ $names == :folders ]] && _files -/
      return 0
    }
    if [[ $funcstack[1] == _mcmc_run || $funcstack[1] == _mcmc-run ]]; then
      _mcmc_run "$@"
    else
      compdef _mcmc_run mcmc-run
    fi

    """#

  private static let fishText = #"""
    # fish completion of mcmc-run, made by: mcmc-run completion fish
    function __mcmc_run_complete
      set -l before (commandline -opc)
      set -l word (commandline -ct)
      for line in ($before[1] completion words -- $before[2..-1] "$word" 2> /dev/null)
        switch $line
          case :files
            __fish_complete_path "$word"
          case :folders
            __fish_complete_directories "$word"
          case '*'
            string replace ' ' \t -- $line
        end
      end
    end
    complete -c mcmc-run -f -a '(__mcmc_run_complete)'

    """#
}

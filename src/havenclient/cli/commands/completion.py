"""`haven completion bash | zsh | fish`: a static script.

Static on purpose: a completion that calls Haven at each Tab hands the words typed so far to another
process through its environment, and words after `haven new` may be an entry. What is completed is
known beforehand: commands, options and a few fixed values.
"""

from __future__ import annotations

import click

from havenclient.cli import table
from havenclient.cli.session import Session
from havenclient.errors import HavenError

Command = tuple[str, str, tuple[str, ...]]
"""Path below haven ("key change"), sentence, words to offer (options, choices, subcommands)."""

_PLACES = ("PATH", "FILE", "FOLDER", "ARCHIVE")
"""Metavars of what is a file or a folder; fish must be told, bash and zsh fall back to files."""


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print a completion script for bash, zsh or fish.

    bash: haven completion bash > ~/.local/share/bash-completion/completions/haven

    zsh: haven completion zsh > a folder of $fpath, as _haven

    fish: haven completion fish > ~/.config/fish/completions/haven.fish
    """
    root = ctx.find_root()
    session = root.find_object(Session)
    assert session is not None
    commands = walk(root)
    made = fish(commands, takes_files(root)) if shell == "fish" else _MAKERS[shell](commands)
    session.out.text(made.rstrip("\n"))


def walk(root: click.Context) -> list[Command]:
    """Every command with what may follow it, in the order of the table."""
    group = root.command
    assert isinstance(group, click.Group)
    found: list[Command] = [("", "", (*group.list_commands(root), *_options(group)))]
    for row in table.rows().values():
        try:
            command = group.get_command(root, row.name)
        except HavenError:
            continue  # a room that is not installed here has nothing to complete
        if command is None:
            continue
        if isinstance(command, click.Group):
            inner = tuple(command.commands)
            found.append((row.name, row.sentence, (*inner, *_options(command))))
            for name, one in command.commands.items():
                found.append((f"{row.name} {name}", one.get_short_help_str(80), _words(one)))
        else:
            found.append((row.name, row.sentence, _words(command)))
    return found


def takes_files(root: click.Context) -> dict[str, tuple[bool, tuple[str, ...]]]:
    """For each path: whether its arguments are files, and which of its options take one."""
    group = root.command
    assert isinstance(group, click.Group)
    found: dict[str, tuple[bool, tuple[str, ...]]] = {}

    def look(path: str, command: click.Command) -> None:
        places = [one for one in command.params if _is_place(one)]
        options = tuple(one.opts[0][2:] for one in places if isinstance(one, click.Option))
        found[path] = any(isinstance(one, click.Argument) for one in places), options

    look("", group)
    for path, _, _ in walk(root):
        command: click.Command | None = group
        for name in path.split():
            command = command.get_command(root, name) if isinstance(command, click.Group) else None
        if path and command is not None:
            look(path, command)
    return found


def _is_place(one: click.Parameter) -> bool:
    said = one.metavar or one.human_readable_name
    return any(word in said.upper() for word in _PLACES) and not getattr(one, "hidden", False)


def _words(command: click.Command) -> tuple[str, ...]:
    choices: list[str] = []
    for one in command.params:
        if isinstance(one, click.Argument) and isinstance(one.type, click.Choice):
            choices += map(str, one.type.choices)
    if command.name == "help":
        from havenclient.cli.commands.help import topics

        choices += topics()
    if command.name in ("get", "set", "unset"):
        from havenclient.config import fields

        choices += [one.key for one in fields()]
    return (*choices, *_options(command))


def _options(command: click.Command) -> tuple[str, ...]:
    names = [
        name
        for one in command.params
        if isinstance(one, click.Option) and not one.hidden
        for name in one.opts
        if name.startswith("--")
    ]
    return (*names, "--help")


def bash(commands: list[Command]) -> str:
    cases = "\n".join(
        f'        "{path}") words="{" ".join(words)}" ;;' for path, _, words in commands
    )
    return f"""# bash completion for haven (made by `haven completion bash`)
_haven() {{
    local cur path="" word words
    cur="${{COMP_WORDS[COMP_CWORD]}}"
    local i
    for ((i = 1; i < COMP_CWORD; i++)); do
        word="${{COMP_WORDS[i]}}"
        case "$word" in -*) continue ;; esac
        case "$(_haven_words "$path")" in
            *" $word "*) path="${{path:+$path }}$word" ;;
        esac
    done
    words="$(_haven_words "$path")"
    COMPREPLY=($(compgen -W "$words" -- "$cur"))
    if [[ ${{#COMPREPLY[@]}} -eq 0 && "$cur" != -* ]]; then
        COMPREPLY=($(compgen -f -- "$cur"))
    fi
}}
_haven_words() {{
    local words=""
    case "$1" in
{cases}
    esac
    printf ' %s ' "$words"
}}
complete -o filenames -F _haven haven
"""


def zsh(commands: list[Command]) -> str:
    cases = "\n".join(
        f"        '{path}') offered=({' '.join(words)}) ;;" for path, _, words in commands
    )
    return f"""#compdef haven
# zsh completion for haven (made by `haven completion zsh`)
_haven() {{
    local path_='' word
    local -a offered
    integer i
    for ((i = 2; i < CURRENT; i++)); do
        word=$words[i]
        [[ $word == -* ]] && continue
        _haven_words "$path_"
        (( ${{offered[(Ie)$word]}} )) && path_="${{path_:+$path_ }}$word"
    done
    _haven_words "$path_"
    compadd -- $offered || _files
}}
# Sets `offered` of its caller.
_haven_words() {{
    case "$1" in
{cases}
        *) offered=() ;;
    esac
}}
_haven "$@"
"""


def fish(commands: list[Command], files: dict[str, tuple[bool, tuple[str, ...]]]) -> str:
    lines = [
        "# fish completion for haven (made by `haven completion fish`)",
        "complete -c haven -f",
    ]
    by_path = {path: words for path, _, words in commands}
    sentences = {path: sentence for path, sentence, _ in commands}
    tops = [name for name in by_path if name and " " not in name]
    for name in tops:
        lines.append(
            f"complete -c haven -n __fish_use_subcommand -a {name} -d '{_quoted(sentences[name])}'"
        )
    for option in by_path[""]:
        if option.startswith("--"):
            place = " -r -F" if option[2:] in files[""][1] else ""
            lines.append(f"complete -c haven -l {option[2:]}{place}")
    for path, words in by_path.items():
        if not path:
            continue
        first, _, second = path.partition(" ")
        when = f"__fish_seen_subcommand_from {first}"
        if second:
            when += f"; and __fish_seen_subcommand_from {second}"
        arguments, options = files.get(path, (False, ()))
        if arguments:
            lines.append(f"complete -c haven -n '{when}' -F")
        for word in words:
            if word.startswith("--"):
                place = " -r -F" if word[2:] in options else ""
                lines.append(f"complete -c haven -n '{when}' -l {word[2:]}{place}")
            else:
                told = sentences.get(f"{path} {word}", "")
                lines.append(f"complete -c haven -n '{when}' -a {word} -d '{_quoted(told)}'")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "\\'")


_MAKERS = {"bash": bash, "zsh": zsh}

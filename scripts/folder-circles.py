#!/usr/bin/env python3
"""Shows the circles between the folders of a target: Sources/<target>/<folder> should know only folders below it.

  folder-circles.py [--edges] [TARGET...]

Without names it looks at the targets listed in CHECKED. Exits with 1 if a target has a circle, which it names with the files
and symbols that close it. --edges shows all that each folder uses of the others.

A folder knows another if its code (not its comments and strings) has a name that is declared there: a type, protocol or
typealias, a function outside of types, or a member that an extension gives to a type of another folder or module, where no
other folder declares a member of that name. Names are compared as words: this reads the source as text, and where it takes
one thing for another of the same name, one of the two should have a better name.
"""

import re
import sys
from collections import defaultdict
from pathlib import Path

# The targets whose folders have an order.
CHECKED = ["Numerics", "Sampling", "Networks", "JSON", "Storage", "Experiments", "mcmc-run"]

TYPES = {"struct", "class", "enum", "actor", "protocol", "typealias"}
MEMBERS = {"func", "var", "let", "case"}
# What Swift itself calls by name, whoever declares it.
WITNESSES = {
    "description", "debugDescription", "hash", "encode", "next", "makeIterator", "callAsFunction", "count", "append", "map",
    "errorDescription", "rawValue", "body", "id", "index", "startIndex", "endIndex", "first", "last", "isEmpty", "write"}
WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|[{}().:,=<>&\n]|->|[^\s]")


def code(text):
    """The text with comments and strings blanked; what stands in an interpolation is code."""
    out, i, n = [], 0, len(text)
    # Each open string: its number of hashes, whether it has three quotes; with parentheses open in an interpolation.
    strings, parentheses = [], []

    def blank(piece):
        out.append("".join("\n" if c == "\n" else " " for c in piece))

    inside = False
    while i < n:
        if inside:
            hashes, triple = strings[-1]
            end = ('"""' if triple else '"') + "#" * hashes
            escape = "\\" + "#" * hashes
            if text.startswith(end, i):
                blank(end)
                i += len(end)
                strings.pop()
                inside = False
            elif text.startswith(escape + "(", i):
                blank(escape)
                out.append("(")
                i += len(escape) + 1
                parentheses.append(1)
                inside = False
            elif text.startswith(escape, i):
                blank(text[i:i + len(escape) + 1])
                i += len(escape) + 1
            else:
                blank(text[i])
                i += 1
            continue
        if text.startswith("//", i):
            end = text.find("\n", i)
            end = n if end < 0 else end
            blank(text[i:end])
            i = end
        elif text.startswith("/*", i):
            depth, j = 1, i + 2
            while j < n and depth:
                if text.startswith("/*", j):
                    depth, j = depth + 1, j + 2
                elif text.startswith("*/", j):
                    depth, j = depth - 1, j + 2
                else:
                    j += 1
            blank(text[i:j])
            i = j
        elif match := re.compile(r'(#*)("""|")').match(text, i):
            blank(match.group())
            strings.append((len(match.group(1)), match.group(2) == '"""'))
            inside = True
            i = match.end()
        else:
            if strings and parentheses:
                parentheses[-1] += {"(": 1, ")": -1}.get(text[i], 0)
                if parentheses[-1] == 0:
                    parentheses.pop()
                    inside = True
            out.append(text[i])
            i += 1
    return "".join(out)


class Source:
    """One file: what it declares, and the words that its code has."""

    def __init__(self, path, folder):
        self.path, self.folder = path, folder
        # Names that other files can see, those of this file only, and what extensions give to types: [(type, member)].
        self.declared, self.own, self.extended = set(), set(), []
        # All members and variables declared here, at any depth.
        self.members = set()
        self.words = []  # (word, the token before, the one after)
        tokens = WORD.findall(code(path.read_text()))
        scopes = []  # of each open brace: ("extension", name), ("type", name) or ("code", "")
        pending = ("code", "")
        line = []  # the words of this line so far: modifiers
        previous = ""
        for k, token in enumerate(tokens):
            after = next((t for t in tokens[k + 1:k + 4] if t != "\n"), "")
            if token == "\n":
                line = []
                continue
            if token == "{":
                scopes.append(pending)
                pending = ("code", "")
                line = []
            elif token == "}":
                if scopes:
                    scopes.pop()
                pending = ("code", "")
                line = []
            elif token[0].isalpha() or token[0] == "_":
                self.words.append((token, previous, after))
                if previous != ".":
                    self.declaration(token, after, scopes, line)
                    if token == "extension":
                        pending = ("extension", self.extended_name(tokens, k + 1))
                    elif token in TYPES and after not in MEMBERS and token != "typealias":
                        pending = ("type", after)
                    elif token in ("func", "init", "subscript") or (token in ("var", "let") and pending[0] != "type"):
                        pending = ("code", "")
                    elif token == "associatedtype":
                        self.own.add(after)
                line.append(token)
            if token == "<" and previous and previous[0].isalpha() and len(line) > 1 and (
                    line[-2] in TYPES or line[-2] == "func" or line[-1] == "init"):
                self.own |= set(self.parameters(tokens, k))
            if token == ":" and previous:
                self.members.add(previous)  # a parameter, or an argument's label
            previous = token

    def declaration(self, token, after, scopes, line):
        if not after or not (after[0].isalpha() or after[0] == "_"):
            return
        is_private = bool({"private", "fileprivate"} & set(line))
        if token in TYPES and after not in MEMBERS and after != "init":
            if not scopes and not is_private:
                self.declared.add(after)
            elif scopes and scopes[-1][0] == "extension" and not is_private:
                self.extended.append((scopes[-1][1], after))
                self.own.add(after)
            else:
                self.own.add(after)
        elif token in MEMBERS:
            self.members.add(after)
            if token == "func" and not scopes:
                (self.own if is_private else self.declared).add(after)
            elif token != "case" and len(scopes) == 1 and scopes[0][0] == "extension" and not is_private:
                self.extended.append((scopes[0][1], after))

    @staticmethod
    def extended_name(tokens, k):
        names = []
        while k < len(tokens) and (tokens[k][0].isalpha() or tokens[k] == "."):
            if tokens[k] == "where":
                break
            if tokens[k] != ".":
                names.append(tokens[k])
            k += 1
        return names[0] if names else ""

    @staticmethod
    def parameters(tokens, k):
        """The names between < and >, each up to its colon."""
        depth, wanted = 0, True
        for token in tokens[k:k + 200]:
            if token == "<":
                depth += 1
                wanted = depth == 1
            elif token == ">":
                depth -= 1
                if depth == 0:
                    return
            elif token == ",":
                wanted = depth == 1
            elif wanted and token[0].isalpha():
                yield token
                wanted = False


def edges_of(target):
    """(folder, other folder) -> {(file, name, declaring file)}, and all folders."""
    root = Path("Sources") / target
    if not root.is_dir():
        sys.exit(f"there is no target {root}")
    sources = []
    for path in sorted(root.rglob("*.swift")):
        parts = path.relative_to(root).parts
        sources.append(Source(path, parts[0] if len(parts) > 1 else "(no folder)"))
    types = defaultdict(dict)  # name -> {folder: file}
    for source in sources:
        for name in source.declared:
            types[name].setdefault(source.folder, source.path)
    givers = defaultdict(dict)  # members of extensions of types of other folders
    declarers = defaultdict(set)  # member -> folders that declare one of that name in any way
    for source in sources:
        for name in source.members | source.own:
            declarers[name].add(source.folder)
        for extended, member in source.extended:
            if source.folder not in types.get(extended, {}) and member not in WITNESSES:
                givers[member].setdefault(source.folder, source.path)
    edges = defaultdict(set)
    for source in sources:
        for word, before, after in source.words:
            if word in types and source.folder not in types[word] and len(types[word]) == 1 and word not in source.own:
                (folder, declaring), = types[word].items()
                is_function = word[0].islower()
                if before == "." or (is_function and (after == ":" or word in source.members or before == "func")):
                    continue
                edges[source.folder, folder].add((source.path, word, declaring))
            elif word in givers and len(givers[word]) == 1 and declarers[word] == set(givers[word]):
                (folder, declaring), = givers[word].items()
                if folder != source.folder and (before == "." or after != ":"):
                    edges[source.folder, folder].add((source.path, word, declaring))
    return edges, sorted({source.folder for source in sources})


def components(folders, edges):
    """The strongly connected components, those below first (Tarjan)."""
    index, low, stack, found = {}, {}, [], []

    def visit(folder):
        index[folder] = low[folder] = len(index)
        stack.append(folder)
        for other in folders:
            if (folder, other) not in edges:
                continue
            if other not in index:
                visit(other)
                low[folder] = min(low[folder], low[other])
            elif other in stack:
                low[folder] = min(low[folder], index[other])
        if low[folder] == index[folder]:
            start = stack.index(folder)
            found.append(stack[start:])
            del stack[start:]

    for folder in folders:
        if folder not in index:
            visit(folder)
    return found


def shortest_circles(component, edges):
    """For every edge inside the component that no shorter circle has, a shortest circle through it."""
    circles, covered = [], set()
    inside = sorted((e for e in edges if e[0] in component and e[1] in component), key=lambda e: len(edges[e]))
    for start, second in inside:
        if (start, second) in covered:
            continue
        paths, seen = [[start, second]], {second}
        while paths:
            path = paths.pop(0)
            if path[-1] == start:
                circles.append(path)
                covered |= set(zip(path, path[1:]))
                break
            for other in component:
                if (path[-1], other) in edges and other not in seen:
                    seen.add(other)
                    paths.append(path + [other])
    return sorted(circles, key=len)


def show(edge, uses, shown):
    names = len({name for _, name, _ in uses})
    print(f"    {edge[0]} uses {edge[1]} ({names} name{'' if names == 1 else 's'})" + (", see above" if edge in shown else ":"))
    if edge in shown:
        return
    shown.add(edge)
    by_file = defaultdict(list)
    for path, name, declaring in sorted(uses):
        by_file[path].append(f"{name} ({declaring.name})")
    for path, names in by_file.items():
        print(f"      {path}: {', '.join(names)}")


def main():
    arguments = sys.argv[1:]
    shows_edges = "--edges" in arguments
    targets = [a for a in arguments if not a.startswith("-")] or CHECKED
    failed = False
    for target in targets:
        edges, folders = edges_of(target)
        shown = set()
        if shows_edges:
            for edge in sorted(edges):
                show(edge, edges[edge], shown)
        parts = components(folders, edges)
        circles = [c for c in parts if len(c) > 1]
        if not circles:
            print(f"{target}: no circles; {' < '.join(c[0] for c in parts)}")
            continue
        failed = True
        for component in circles:
            print(f"{target}: {len(component)} folders know each other: {', '.join(sorted(component))}")
            for circle in shortest_circles(component, edges):
                print(f"  {' -> '.join(circle)}")
                for edge in zip(circle, circle[1:]):
                    show(edge, edges[edge], shown)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()

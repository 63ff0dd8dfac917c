"""The Swift reference: symbol graphs of the release build, through docc, as plain pages that need no server and no script.

docc resolves the links of the comments and fails on one that leads nowhere; what it writes as data is laid out here, a page per type.
"""

import glob
import html
import json
import os
import re
import shutil
import subprocess

from page import page

MODULES = {
    "Sampling": "Random streams, targets, kernels, adaptation, chains, diagnostics, tests of kernels, predictions and checks.",
    "Networks": "Tasks, activations, models, the closed form, exact results, observables, statistics.",
    "Experiments": "Experiment files: read, solved, drawn, diagnosed, checked and evaluated.",
    "Numerics": "Matrices, factorisations and array kernels; <code>Sampling</code> hands it on.",
}
SECTIONS = [
    ("Creating", ("init",)), ("Cases", ("case",)), ("Type properties", ("type.property", "static.property")), ("Properties", ("property",)),
    ("Subscripts", ("subscript",)), ("Methods", ("method",)), ("Type methods", ("type.method",)), ("Operators", ("op",)),
    ("Associated types", ("associatedtype",)), ("Aliases", ("typealias",)), ("Functions", ("func",)), ("Variables", ("var",)),
]
TYPES = ("struct", "class", "enum", "protocol", "extension")


class ReferenceError(Exception):
    pass


class Reference:
    """`made`: whose symbols are documented, of how many; `lacking`: the others."""

    def __init__(self, root: str, build: str, work: str) -> None:
        self.root, self.build, self.work = root, build, work
        self.lacking: list[str] = []
        self.count = 0

    def symbols(self) -> None:
        """Symbol graphs of the modules that were built, without what they only hand on, and without what Swift itself documents."""
        raw, kept = os.path.join(self.work, "extracted"), os.path.join(self.work, "symbols")
        for folder in (raw, kept):
            shutil.rmtree(folder, ignore_errors=True)
            os.makedirs(folder)
        maps = [part for path in sorted(glob.glob(f"{self.build}/C*.build/module.modulemap")) for part in ("-Xcc", f"-fmodule-map-file={path}")]
        target = json.loads(subprocess.run(["swift", "-print-target-info"], capture_output=True, text=True, check=True).stdout)["target"]["triple"]
        modules = f"{self.build}/Modules" if os.path.isdir(f"{self.build}/Modules") else self.build
        for module in MODULES:
            command = ["swift", "symbolgraph-extract", "-module-name", module, "-target", target, "-I", modules, "-I", f"{self.root}/Sources/CGSL",
                       "-I", f"{self.root}/Sources/CZlib", *maps, "-minimum-access-level", "public", "-skip-synthesized-members", "-output-dir", raw]
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode:
                raise ReferenceError(f"no symbol graph of {module}: {done.stderr}")
        graphs = {}
        for path in sorted(glob.glob(f"{raw}/*.json")):
            with open(path) as file:
                graphs[os.path.basename(path)] = json.load(file)
        own = {}
        for name, graph in graphs.items():
            module = re.split(r"[@.]", name)[0]
            inside = f"/Sources/{module}/"
            graph["symbols"] = [symbol for symbol in graph["symbols"] if inside in symbol.get("location", {}).get("uri", "")]
            own.update({symbol["identifier"]["precise"]: (module, symbol) for symbol in graph["symbols"]})
        self.cover(own, graphs)
        names: dict[str, set[str]] = {}
        for module, symbol in own.values():
            names.setdefault(module, set()).add(symbol["pathComponents"][0])
        for name, graph in graphs.items():
            module = re.split(r"[@.]", name)[0]
            graph["relationships"] = [relation for relation in graph["relationships"] if relation["source"] in own]
            for symbol in graph["symbols"]:
                for line in symbol.get("docComment", {}).get("lines", []):
                    line["text"] = self.across(line["text"], module, names)
            if graph["symbols"]:
                with open(os.path.join(kept, name), "w") as file:
                    json.dump(graph, file)

    def across(self, text: str, module: str, names: dict[str, set[str]]) -> str:
        """A link to a type of another module says which."""

        def lead(match: re.Match[str]) -> str:
            first = match.group(1).split("/")[0]
            for other in MODULES:
                if other != module and first in names.get(other, ()) and first not in names[module]:
                    return f"``/{other}/{match.group(1)}``"
            return match.group(0)

        return re.sub(r"``([A-Za-z_][^`]*)``", lead, text)

    def cover(self, own: dict, graphs: dict) -> None:
        """Counts symbols with a comment, of their own or of the requirement that they meet."""
        origins = {
            relation["source"]: relation["sourceOrigin"]["identifier"]
            for graph in graphs.values() for relation in graph["relationships"] if "sourceOrigin" in relation
        }
        for name, (_, symbol) in own.items():
            origin = origins.get(name)
            inherits = origin is not None and (origin not in own or "docComment" in own[origin][1])
            if "docComment" not in symbol and not inherits:
                file = symbol["location"]["uri"].split("/Sources/")[1]
                self.lacking.append(f"Sources/{file}:{symbol['location']['position']['line'] + 1}: {'.'.join(symbol['pathComponents'])}")
        self.count = len(own)

    def convert(self) -> None:
        catalog, archive = os.path.join(self.work, "Reference.docc"), os.path.join(self.work, "reference.doccarchive")
        shutil.rmtree(catalog, ignore_errors=True)
        shutil.rmtree(archive, ignore_errors=True)
        os.makedirs(catalog)
        with open(os.path.join(catalog, "Reference.md"), "w") as file:
            links = "\n".join(f"- ``{module}``" for module in MODULES)
            file.write(f"# Swift reference\n\n@Metadata {{\n  @TechnologyRoot\n}}\n\nThe libraries.\n\n## Topics\n\n### Modules\n\n{links}\n")
        if shutil.which("docc") is None:
            raise ReferenceError("docc, a part of Swift's toolchain, is not on the path")
        done = subprocess.run(
            ["docc", "convert", catalog, "--fallback-display-name", "mcmc-run", "--fallback-bundle-identifier", "mcmc-run",
             "--fallback-bundle-version", "1", "--additional-symbol-graph-dir", os.path.join(self.work, "symbols"), "--output-path", archive,
             "--no-transform-for-static-hosting", "--enable-inherited-docs", "--disable-parameters-and-returns-validation",
             "--experimental-documentation-coverage", "--warnings-as-errors"],
            capture_output=True, text=True)
        if done.returncode:
            raise ReferenceError(f"docc: {done.stderr[-6000:]}{done.stdout[-2000:]}")
        self.data = os.path.join(archive, "data", "documentation")

    # Data become pages.

    def write(self, out: str, navigation) -> list[str]:
        """Writes out/reference/; returns the pages."""
        self.nodes: dict[str, dict] = {}
        for path, _, files in os.walk(self.data):
            for name in files:
                with open(os.path.join(path, name)) as file:
                    node = json.load(file)
                self.nodes["/documentation/" + os.path.relpath(os.path.join(path, name), self.data)[:-5]] = node
        self.pages = {url: self.file_of(url) for url, node in self.nodes.items() if self.is_page(url, node)}
        members: dict[str, list[str]] = {}
        for url, node in sorted(self.nodes.items()):
            if url not in self.pages and node.get("metadata", {}).get("role") == "symbol":
                members.setdefault(self.parent(url), []).append(url)
        written = []
        for url, name in sorted(self.pages.items()):
            self.here = name
            base = "../" * (name.count("/"))
            body = self.body(url, members.get(url, []))
            whole = os.path.join(out, name)
            os.makedirs(os.path.dirname(whole), exist_ok=True)
            with open(whole, "w") as file:
                file.write(page(self.title(url), body, navigation(base, "reference/index.html"), base))
            written.append(name)
        return written

    def is_page(self, url: str, node: dict) -> bool:
        kind = node.get("metadata", {}).get("symbolKind", "")
        return node.get("metadata", {}).get("role") == "symbol" and kind.startswith(TYPES) or url.count("/") == 2

    def file_of(self, url: str) -> str:
        parts = url.split("/")[2:]
        if parts == ["reference"]:
            return "reference/index.html"
        return f"reference/{parts[0]}/{'.'.join(parts[1:]) or 'index'}.html"

    def parent(self, url: str) -> str:
        while url not in self.pages:
            url = url.rsplit("/", 1)[0]
        return url

    def title(self, url: str) -> str:
        return html.escape(self.nodes[url]["metadata"]["title"])

    def address(self, url: str) -> str:
        """From the page that is being made to a symbol's, or ""."""
        url = url.lower()
        if url not in self.nodes:
            return ""
        holder = self.parent(url)
        place = "" if url == holder or self.nodes[url]["metadata"].get("role") != "symbol" else "#" + self.anchor(url)
        back = os.path.relpath(self.pages[holder], os.path.dirname(self.here))
        return (back if self.pages[holder] != self.here or not place else "") + place

    def anchor(self, url: str) -> str:
        return re.sub(r"[^\w().:+*/<>=-]", "", url.rsplit("/", 1)[1])

    def body(self, url: str, members: list[str]) -> str:
        node = self.nodes[url]
        metadata = node["metadata"]
        kind = metadata.get("roleHeading", "")
        trail = self.trail(url)
        made = [trail, f"<h1>{self.title(url)}</h1>", f'<p class="kind">{html.escape(kind)}</p>' if url.count("/") > 2 else ""]
        if url == "/documentation/reference":
            made = ["<h1>Swift reference</h1>", "<p>The public symbols of the package's libraries, from the comments in the sources. "
                    'How they are used: <a href="../swift.html">From Swift</a>.</p>']
            made += [f'<h2><a href="{name.lower()}/index.html">{name}</a></h2><p>{text}</p>' for name, text in MODULES.items()]
            return "\n".join(made)
        made.append(self.content_of(node))
        inner = [other for other in self.pages if other.count("/") > 2 and self.parent(other.rsplit("/", 1)[0]) == url]
        if inner:
            made.append(f"<h2>{'Types' if url.count('/') > 2 else 'All types'}</h2>" + self.listing(inner))
        rest = list(members)
        for heading, kinds in SECTIONS:
            here = [member for member in rest if self.nodes[member]["metadata"].get("symbolKind", "") in kinds]
            rest = [member for member in rest if member not in here]
            if here:
                made.append(f"<h2>{heading}</h2>" + "".join(self.member(member) for member in here))
        if rest:
            made.append("<h2>Others</h2>" + "".join(self.member(member) for member in rest))
        for section in node.get("relationshipsSections", []):
            links = ", ".join(self.inline([{"type": "reference", "identifier": name, "isActive": True}], node) for name in section["identifiers"])
            made.append(f"<p><b>{html.escape(section['title'])}</b>: {links}</p>")
        return "\n".join(made)

    def trail(self, url: str) -> str:
        parts, links = url.split("/")[2:], []
        for end in range(1, len(parts)):
            above = "/documentation/" + "/".join(parts[:end])
            if above in self.pages:
                links.append(f'<a href="{self.address(above)}">{self.title(above)}</a>')
        root = os.path.relpath("reference/index.html", os.path.dirname(self.here))
        return f'<p class="kind"><a href="{root}">Swift reference</a> {"".join(" / " + link for link in links)}</p>'

    def listing(self, urls: list[str]) -> str:
        rows = "".join(
            f'<tr><td><a href="{self.address(url)}"><code>{self.title(url)}</code></a></td><td>{self.inline(self.nodes[url].get("abstract", []), self.nodes[url])}</td></tr>'
            for url in sorted(urls))
        return f'<div class="wide stack"><table><tbody>{rows}</tbody></table></div>'

    def member(self, url: str) -> str:
        return f'<div class="member" id="{html.escape(self.anchor(url))}">{self.content_of(self.nodes[url])}</div>'

    def content_of(self, node: dict) -> str:
        declaration, rest = "", []
        for section in node.get("primaryContentSections", []):
            if section["kind"] == "declarations":
                declaration = "".join(f"<pre><code>{self.declaration(one['tokens'], node)}</code></pre>" for one in section["declarations"][:1])
            elif section["kind"] == "parameters":
                rows = "".join(f"<li><code>{one['name']}</code>: {self.blocks(one['content'], node, True)}</li>" for one in section["parameters"])
                rest.append(f"<ul>{rows}</ul>")
            elif section["kind"] == "content":
                rest.append(self.blocks(section["content"], node))
        abstract = self.inline(node.get("abstract", []), node)
        return declaration + (f"<p>{abstract}</p>" if abstract else "") + "".join(rest)

    def declaration(self, tokens: list[dict], node: dict) -> str:
        made = ""
        for token in tokens:
            text = html.escape(token["text"])
            target = node.get("references", {}).get(token.get("identifier", ""), {}).get("url", "")
            address = self.address(target) if target else ""
            made += f'<a href="{html.escape(address)}">{text}</a>' if address else text
        return made

    def blocks(self, content: list[dict], node: dict, bare: bool = False) -> str:
        made = []
        for block in content:
            kind = block["type"]
            if kind == "heading":
                made.append(f"<h3>{html.escape(block['text'])}</h3>" if block["text"] not in ("Overview", "Discussion", "Return Value") else
                            ("<p><b>Returns</b></p>" if block["text"] == "Return Value" else ""))
            elif kind == "paragraph":
                inner = self.inline(block["inlineContent"], node)
                made.append(inner if bare else f"<p>{inner}</p>")
            elif kind == "codeListing":
                made.append(f"<pre><code>{html.escape(chr(10).join(block['code']))}</code></pre>")
            elif kind in ("unorderedList", "orderedList"):
                name = "ul" if kind == "unorderedList" else "ol"
                made.append(f"<{name}>" + "".join(f"<li>{self.blocks(item['content'], node, True)}</li>" for item in block["items"]) + f"</{name}>")
            elif kind == "aside":
                made.append(f"<p><b>{html.escape(block.get('name') or block['style'].title())}</b>: {self.blocks(block['content'], node, True)}</p>")
            elif kind == "table":
                rows = "".join("<tr>" + "".join(f"<td>{self.blocks(cell, node, True)}</td>" for cell in row) + "</tr>" for row in block["rows"])
                made.append(f'<div class="wide"><table>{rows}</table></div>')
            elif kind not in ("links", "thematicBreak"):
                raise ReferenceError(f"docc wrote a block of the kind {kind}: lay it out in reference.py")
        return "\n".join(made)

    def inline(self, content: list[dict], node: dict) -> str:
        made = ""
        for part in content:
            kind = part["type"]
            if kind == "text":
                made += html.escape(part["text"])
            elif kind == "codeVoice":
                made += f"<code>{html.escape(part['code'])}</code>"
            elif kind in ("emphasis", "strong"):
                name = "em" if kind == "emphasis" else "strong"
                made += f"<{name}>{self.inline(part['inlineContent'], node)}</{name}>"
            elif kind == "reference":
                reference = node.get("references", {}).get(part["identifier"], {})
                title = html.escape(reference.get("title") or part["identifier"].rsplit("/", 1)[-1])
                address = self.address(reference.get("url", ""))
                made += f'<a href="{html.escape(address)}"><code>{title}</code></a>' if address else f"<code>{title}</code>"
            elif kind in ("superscript", "subscript", "strikethrough", "newTerm", "inlineHead"):
                made += self.inline(part["inlineContent"], node)
            else:
                raise ReferenceError(f"docc wrote text of the kind {kind}: lay it out in reference.py")
        return made

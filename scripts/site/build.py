"""Makes the site: docs/ and docs/site/ as pages, what they show from real runs, and the Swift reference beside them.

Usage: build.py PROGRAM BUILD OUT. PROGRAM is the release program, BUILD the folder of the release build, OUT/site becomes the site, OUT/work keeps
runs and data between two builds. Nothing is fetched. Fails where a command fails, a link leads nowhere, a name is missing in the glossary
that a page shows, or fewer than 95 % of the public symbols have a comment.
"""

import concurrent.futures
import html
import os
import re
import shutil
import subprocess
import sys
import time

import formula
import links
from markdown import Document
from page import STYLE, page
from reference import Reference, ReferenceError
from workshop import Workshop, WorkshopError, check_command_lines, options, selected

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
COVERAGE = 0.95
# Pages whose text has formulas.
MATHEMATICAL = ("docs/theory.md", "docs/site/ensembles.md", "docs/site/index.md", "docs/site/glossary.md", "docs/exact-networks.md")


class Site:
    def __init__(self, program: str, build: str, out: str) -> None:
        self.program, self.out = program, os.path.join(out, "site")
        self.workshop = Workshop(program, ROOT, os.path.join(out, "work", "runs"))
        self.reference = Reference(ROOT, build, os.path.join(out, "work", "reference"))
        self.faults: list[str] = []
        self.sections: list[tuple[str, list[str]]] = []
        self.titles: dict[str, str] = {}
        self.texts: dict[str, str] = {}
        self.read_contents()

    def read_contents(self) -> None:
        with open(os.path.join(ROOT, "docs", "site", "contents.txt")) as file:
            lines = [line.strip() for line in file][2:]
        for line in lines:
            if line.startswith("# "):
                self.sections.append((line[2:], []))
                continue
            name, _, title = line.lstrip("?").partition(" ")
            if line.startswith("?") and not os.path.exists(os.path.join(ROOT, name)):
                continue
            if name.endswith(".md"):
                with open(os.path.join(ROOT, name)) as file:
                    self.texts[name] = file.read()
            self.titles[name] = title or re.sub(r"[`*]", "", re.search(r"^# (.*)$", self.texts[name], re.M).group(1))
            self.sections[-1][1].append(name)

    def address(self, name: str) -> str:
        return name if name.endswith(".html") else os.path.basename(name).removesuffix(".md").lower() + ".html"

    def navigation(self, base: str, here: str) -> str:
        made = ""
        for section, names in self.sections:
            made += f"<b>{section}</b>"
            for name in names:
                mark = ' class="here"' if self.address(name) == here else ""
                made += f'<a href="{base}{self.address(name)}"{mark}>{html.escape(self.titles[name])}</a>'
        return made

    def build(self) -> None:
        shutil.rmtree(self.out, ignore_errors=True)
        os.makedirs(os.path.join(self.out, "pictures"))
        with open(os.path.join(self.out, "style.css"), "w") as file:
            file.write(STYLE)
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            reference = pool.submit(self.make_reference)
            # The page whose runs take longest comes first.
            order = sorted(self.texts, key=lambda name: -len(re.findall(r"^```\w+ run", self.texts[name], re.M)))
            outputs = {name: pool.submit(self.workshop.make, self.key(name), self.texts[name]) for name in order}
            for name in self.texts:
                try:
                    self.write(name, outputs[name].result())
                except (WorkshopError, formula.FormulaError) as error:
                    self.faults.append(str(error))
            reference.result()
        for name, text in self.texts.items():
            self.faults += check_command_lines(self.program, name, text)
        self.faults += links.faults(self.out)

    def key(self, name: str) -> str:
        return os.path.basename(name).removesuffix(".md")

    def make_reference(self) -> None:
        try:
            self.reference.symbols()
            self.reference.convert()
            self.reference.write(self.out, self.navigation)
        except ReferenceError as error:
            self.faults.append(str(error))
            return
        lacking, count = self.reference.lacking, self.reference.count
        self.coverage = 1 - len(lacking) / count
        if self.coverage < COVERAGE:
            self.faults.append(f"{self.coverage:.1%} of {count} public symbols have a comment, less than {COVERAGE:.0%}; these have none:\n" + "\n".join(lacking))

    def write(self, name: str, outputs: list[str]) -> None:
        last = iter(outputs)
        shown = [""]

        def fence(info: str, text: str) -> str:
            language, _, rest = info.partition(" ")
            names = options(rest)
            if language == "math":
                return formula.displayed(text)
            if "output" in names:
                text = selected(shown[0], names["output"])
            elif "run" in names:
                shown[0] = next(last)
            caption = f'<p class="file">{html.escape(names["file"])}</p>' if "file" in names else ""
            mark = ' class="run"' if "run" in names else ""
            return f"{caption}<pre{mark}><code>{html.escape(text.rstrip())}</code></pre>"

        def target(address: str) -> str:
            return self.target(name, address)

        document = Document(self.texts[name], fence, target, name in MATHEMATICAL)
        body = self.pictured(document.html)
        places = [heading for heading in document.headings if heading[0] == 2]
        if len(places) > 3:
            listed = " ".join(f'<a href="#{slug}">{re.sub("<[^>]*>", "", text)}</a>' for _, slug, text in places)
            body = body.replace("</h1>", f'</h1>\n<p class="on-this-page">{listed}</p>', 1)
        title = "mcmc-run" if self.key(name) == "index" else document.title
        with open(os.path.join(self.out, self.address(name)), "w") as file:
            file.write(page(title, body, self.navigation("", self.address(name)), origin=name))

    def target(self, name: str, address: str) -> str:
        """What a link or picture of a document is on the site."""
        if re.match(r"[a-z]+:", address) or address.startswith("#") or address.startswith("reference/"):
            return address
        path, _, place = address.partition("#")
        if path.startswith("run/"):
            return self.picture(self.workshop.work(self.key(name)), path[4:], self.key(name))
        whole = os.path.normpath(os.path.join(os.path.dirname(name), path))
        if whole in self.titles:
            return self.address(whole) + (f"#{place}" if place else "")
        if os.path.isfile(os.path.join(ROOT, whole)):
            os.makedirs(os.path.join(self.out, "files"), exist_ok=True)
            kept = whole.replace("/", "-")
            shutil.copy(os.path.join(ROOT, whole), os.path.join(self.out, "files", kept))
            return f"files/{kept}"
        if os.path.isdir(os.path.join(ROOT, whole)):
            return ""
        self.faults.append(f"{name}: {address}: no such page or file")
        return ""

    def picture(self, work: str, path: str, key: str) -> str:
        """A picture that a run of the page made, and its narrow form beside it."""
        whole = os.path.join(work, path)
        kept = f"pictures/{key}-{path.split('/report/')[0].replace('chains/', '').replace('/', '-')}-{os.path.basename(path)}"
        if not os.path.isfile(whole):
            there = sorted(os.listdir(os.path.dirname(whole))) if os.path.isdir(os.path.dirname(whole)) else []
            self.faults.append(f"{key}: no picture {path}; there are {', '.join(there)}")
            return ""
        shutil.copy(whole, os.path.join(self.out, kept))
        narrow = whole.removesuffix(".svg") + "-narrow.svg"
        if os.path.isfile(narrow):
            shutil.copy(narrow, os.path.join(self.out, kept.removesuffix(".svg") + "-narrow.svg"))
        return kept

    def pictured(self, body: str) -> str:
        """Narrow screens have narrow pictures."""

        def both(match: re.Match[str]) -> str:
            narrow = match.group(2).removesuffix(".svg") + "-narrow.svg"
            if not os.path.isfile(os.path.join(self.out, narrow)):
                return match.group(0)
            return f'<picture><source media="(max-width: 600px)" srcset="{narrow}">{match.group(0)}</picture>'

        return re.sub(r'(<img src=")(pictures/[^"]*)("[^>]*>)', both, body)


def size(folder: str) -> tuple[int, int]:
    files = [os.path.join(path, name) for path, _, names in os.walk(folder) for name in names]
    return len(files), sum(os.path.getsize(file) for file in files)


def main() -> int:
    program, build, out = (os.path.abspath(argument) for argument in sys.argv[1:4])
    start = time.monotonic()
    site = Site(program, build, out)
    site.build()
    if site.faults:
        print("\n".join(site.faults), file=sys.stderr)
        return 1
    files, total = size(site.out)
    print(f"{os.path.relpath(site.out)}/index.html: {len(site.texts)} pages of documents, {len(site.reference.pages)} of the Swift reference "
          f"({site.coverage:.1%} of {site.reference.count} public symbols have a comment); {files} files, {total / 1e6:.1f} MB, "
          f"{time.monotonic() - start:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Every link and picture of the site must lead somewhere within it, or to another site."""

import html.parser
import os
import urllib.parse


class Reader(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.targets: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        for name, value in attributes:
            if name == "id" and value is not None:
                self.names.add(value)
            elif name in ("href", "src", "srcset") and value is not None:
                self.targets.append(value)


def faults(site: str) -> list[str]:
    """Links that lead nowhere, and what would be fetched from another site to show a page."""
    read: dict[str, Reader] = {}
    for path, _, files in os.walk(site):
        for name in files:
            if name.endswith(".html"):
                whole = os.path.join(path, name)
                reader = read[os.path.normpath(whole)] = Reader()
                with open(whole) as file:
                    reader.feed(file.read())
    found = []
    for page, reader in sorted(read.items()):
        for target in reader.targets:
            parts = urllib.parse.urlsplit(target)
            if parts.scheme in ("https", "http", "data", "mailto"):
                continue
            name = os.path.relpath(page, site)
            whole = os.path.normpath(os.path.join(os.path.dirname(page), urllib.parse.unquote(parts.path))) if parts.path else page
            if not os.path.isfile(whole):
                found.append(f"{name}: {target}: no such file")
            elif parts.fragment and whole in read and urllib.parse.unquote(parts.fragment) not in read[whole].names:
                found.append(f"{name}: {target}: no such place in the page")
    return found

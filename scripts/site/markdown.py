"""The part of Markdown that the documents are written in, as HTML: headings, paragraphs, lists, tables, fences, images, links, emphasis, code.

A fence is handed to `fence(info, text)`, a link or an image to `address(target)`; these say what the site makes of them.
"""

import html
import re
from typing import Callable

import formula

Fence = Callable[[str, str], str]
Address = Callable[[str], str]


def slug(text: str) -> str:
    """The name of a heading, as GitHub gives it."""
    return re.sub(r"[^\w\- ]", "", html.unescape(re.sub(r"<[^>]*>", "", text)).lower()).replace(" ", "-")


class Document:
    """A document as HTML, with its title and its headings [(level, slug, text)]."""

    def __init__(self, text: str, fence: Fence, address: Address, mathematical: bool = False) -> None:
        self.fence, self.address, self.mathematical = fence, address, mathematical
        self.title = ""
        self.headings: list[tuple[int, str, str]] = []
        self.slugs: dict[str, int] = {}
        self.html = self.blocks(text.split("\n"))

    # Lines become blocks.

    def blocks(self, lines: list[str]) -> str:
        made: list[str] = []
        place = 0
        while place < len(lines):
            line = lines[place]
            if not line.strip() or re.fullmatch(r"<!--.*-->", line.strip()):
                place += 1
            elif match := re.match(r"(`{3,})(.*)", line):
                end = place + 1
                while end < len(lines) and not lines[end].startswith(match.group(1)):
                    end += 1
                made.append(self.fence(match.group(2).strip(), "\n".join(lines[place + 1:end])))
                place = end + 1
            elif match := re.match(r"(#{1,6}) +(.*)", line):
                made.append(self.heading(len(match.group(1)), match.group(2)))
                place += 1
            elif line.startswith("|") and place + 1 < len(lines) and re.match(r"\|[ :|-]+\|?$", lines[place + 1]):
                end = place
                while end < len(lines) and lines[end].startswith("|"):
                    end += 1
                made.append(self.table(lines[place:end]))
                place = end
            elif re.match(r"([*-]|\d+\.) ", line):
                end, marker = place, "ul" if line[0] in "*-" else "ol"
                pattern = r"[*-] " if marker == "ul" else r"\d+\. "
                while end < len(lines) and (re.match(pattern, lines[end]) or lines[end].startswith("  ") or (
                    not lines[end].strip() and end + 1 < len(lines) and (lines[end + 1].startswith("  ") or re.match(pattern, lines[end + 1])))):
                    end += 1
                made.append(self.items(marker, pattern, lines[place:end]))
                place = end
            elif line.startswith("> "):
                end = place
                while end < len(lines) and lines[end].startswith(">"):
                    end += 1
                made.append(f"<blockquote>{self.blocks([part[2:] for part in lines[place:end]])}</blockquote>")
                place = end
            elif line.startswith("    "):
                end = place
                while end < len(lines) and lines[end].startswith("    "):
                    end += 1
                inner = [self.inline(part.strip()) for part in lines[place:end]]
                made.append(f'<p class="formula">{"<br>".join(inner)}</p>')
                place = end
            else:
                end = place + 1
                while end < len(lines) and lines[end].strip() and not re.match(r"#|`{3}|\||> |([*-]|\d+\.) ", lines[end]):
                    end += 1
                text = "\n".join(lines[place:end])
                alone = re.fullmatch(r"!\[[^\]]*\]\([^)]*\)", text.strip())
                made.append(self.inline(text.strip()) if alone else f"<p>{self.inline(text)}</p>")
                place = end
        return "\n".join(made)

    def heading(self, level: int, text: str) -> str:
        inner = self.inline(text)
        name = slug(inner)
        self.slugs[name] = self.slugs.get(name, 0) + 1
        if self.slugs[name] > 1:
            name += f"-{self.slugs[name] - 1}"
        if level == 1 and not self.title:
            self.title = re.sub(r"<[^>]*>", "", inner)
        self.headings.append((level, name, inner))
        return f'<h{level} id="{name}">{inner}</h{level}>'

    def table(self, lines: list[str]) -> str:
        rows = [[cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))] for line in lines]
        right = ["right" if cell.strip().endswith(":") and not cell.strip().startswith(":") else "" for cell in rows[1]]
        classes = [f' class="{name}"' if name else "" for name in right] + [""] * 20
        head = "".join(f"<th{classes[at]}>{self.inline(cell)}</th>" for at, cell in enumerate(rows[0]))
        # Rows of prose are set one cell below the other where there is no room; rows of numbers can be moved sideways.
        prose = sum(len(cell) for row in rows[2:] for cell in row) > 90 * len(rows[2:])
        body = ""
        for row in rows[2:]:
            labels = [f' data-label="{html.escape(rows[0][at])}"' if prose and at > 1 and at < len(rows[0]) else "" for at in range(len(row))]
            body += "<tr>" + "".join(f"<td{classes[at]}{labels[at]}>{self.inline(cell)}</td>" for at, cell in enumerate(row)) + "</tr>"
        return f'<div class="wide{" stack" if prose else ""}"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'

    def items(self, marker: str, pattern: str, lines: list[str]) -> str:
        items: list[list[str]] = []
        for line in lines:
            if match := re.match(pattern, line):
                items.append([line[match.end():]])
            else:
                items[-1].append(re.sub(r"^ {2,4}", "", line))
        made = ""
        for item in items:
            inner = self.blocks(item)
            if inner.count("<p>") == 1 and inner.startswith("<p>"):
                inner = inner.replace("<p>", "", 1).replace("</p>", "", 1)
            made += f"<li>{inner}</li>"
        return f"<{marker}>{made}</{marker}>"

    # Within a block.

    def inline(self, text: str) -> str:
        kept: list[str] = []

        def keep(made: str) -> str:
            kept.append(made)
            return f"\x00{len(kept) - 1}\x00"

        text = re.sub(r"(`+)(.+?)\1", lambda match: keep(f"<code>{html.escape(match.group(2).strip())}</code>"), text, flags=re.S)
        text = re.sub(r"!\[([^\]]*)\]\(([^) ]+)\)", lambda match: keep(
            f'<figure><img src="{html.escape(self.address(match.group(2)))}" alt="{html.escape(match.group(1))}" loading="lazy">'
            f"<figcaption>{self.inline(match.group(1))}</figcaption></figure>"), text)
        text = re.sub(r"\[([^\]]+)\]\(([^) ]+)\)", lambda match: self.link(match.group(1), match.group(2), keep), text)
        text = re.sub(r"\\([\\`*_{}\[\]()#+.!|<>-])", lambda match: keep(html.escape(match.group(1))), text)
        text = html.escape(text, quote=False)
        text = re.sub(r"\*\*(?=\S)(.+?)(?<=\S)\*\*", r"<strong>\1</strong>", text, flags=re.S)
        text = re.sub(r"(?<![\w*])\*(?=[^\s*])([^*]+?)(?<=[^\s*])\*(?![\w*])", r"<em>\1</em>", text, flags=re.S)
        if self.mathematical:
            text = formula.inline(text)
        while "\x00" in text:
            text = re.sub(r"\x00(\d+)\x00", lambda match: kept[int(match.group(1))], text)
        return text

    def link(self, text: str, target: str, keep: Callable[[str], str]) -> str:
        address = self.address(target)
        inner = self.inline(text) if "\x00" not in text else text
        return keep(f'<a href="{html.escape(address)}">') + inner + keep("</a>") if address else inner

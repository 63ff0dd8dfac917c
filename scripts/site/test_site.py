"""What the site's scripts find fault with, each with something that they must not let pass."""

import os
import tempfile
import unittest

import commands
import formula
import links
import names
import workshop
from markdown import Document
from reference import Reference

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def document(text: str, mathematical: bool = False) -> str:
    return Document(text, lambda info, body: f"[{info}|{body}]", lambda target: "to-" + target, mathematical).html


class MarkdownTests(unittest.TestCase):
    def test_blocks(self) -> None:
        self.assertEqual(document("# A b\n\nOne\ntwo"), '<h1 id="a-b">A b</h1>\n<p>One\ntwo</p>')
        self.assertEqual(document("* a\n  b\n* c"), "<ul><li>a\nb</li><li>c</li></ul>")
        self.assertEqual(document("```sh run\nx\n```\ny"), "[sh run|x]\n<p>y</p>")
        self.assertIn("<td>a|b</td>", document("| x |\n| --- |\n| a\\|b |"))

    def test_inline(self) -> None:
        self.assertEqual(document("`a*b*` **c** *d* <e>"), "<p><code>a*b*</code> <strong>c</strong> <em>d</em> &lt;e&gt;</p>")
        self.assertEqual(document("[`x`](y.md)"), '<p><a href="to-y.md"><code>x</code></a></p>')
        self.assertEqual(document("2 * 3 * 4"), "<p>2 * 3 * 4</p>")

    def test_plain_formulas(self) -> None:
        self.assertEqual(formula.inline("w_i"), "<i>w</i><sub>i</sub>")
        self.assertEqual(formula.inline("10^(−1)"), "10<sup>−1</sup>")
        self.assertEqual(formula.inline("the output_weight of a"), "the output_weight of a")


class FormulaTests(unittest.TestCase):
    def test_parts(self) -> None:
        made = formula.displayed(r"\frac{1}{N} \sum_{i} w_i^2")
        self.assertIn("<mfrac><mrow><mn>1</mn></mrow><mrow><mi>N</mi></mrow></mfrac>", made)
        self.assertIn("<munder><mo>∑</mo>", made)
        self.assertIn("<msubsup><mi>w</mi><mi>i</mi><mn>2</mn></msubsup>", made)

    def test_faults(self) -> None:
        for text in (r"\frac{1}", r"\nonsense", "a}", "{a"):
            with self.assertRaises(formula.FormulaError, msg=text):
                formula.displayed(text)


class LinkTests(unittest.TestCase):
    def faults(self, body: str) -> list[str]:
        with tempfile.TemporaryDirectory() as folder:
            for name, text in (("a.html", body), ("b.html", '<p id="here">')):
                with open(os.path.join(folder, name), "w") as file:
                    file.write(text)
            return links.faults(folder)

    def test_links(self) -> None:
        self.assertEqual(self.faults('<a href="b.html#here"><a href="#x"><p id="x"><a href="https://other.org/a">'), [])
        for wrong in ('<a href="c.html">', '<a href="b.html#there">', '<img src="d.svg">', '<a href="#y">', '<source srcset="n.svg">'):
            self.assertEqual(len(self.faults(wrong)), 1, wrong)


class CommandTests(unittest.TestCase):
    def test_options(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            program = os.path.join(folder, "p")
            with open(program, "w") as file:
                file.write('#!/bin/sh\ntest "$1" = sample && echo "  --draws <n>  draws"\n')
            os.chmod(program, 0o755)
            self.assertEqual(workshop.check_command_lines(program, "x", "```\nmcmc-run sample a.json --draws 5\n```\n"), [])
            for line in ("mcmc-run sample a.json --draw 5", "mcmc-run simple a.json", "mcmc-run sample a.json \\\n    --raws 5"):
                self.assertEqual(len(workshop.check_command_lines(program, "x", f"```sh run\n{line}\n```\n")), 1, line)

    def test_lines(self) -> None:
        text = "```\nmcmc-run run a.json   # says\n$ mcmc-run check b | head\nmcmc-run: error\n```\n```python\nmcmc-run run c\n```\n"
        self.assertEqual(commands.lines(text), ["mcmc-run run a.json", "mcmc-run check b"])

    def test_a_command_that_fails_fails_the_page(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            shop = workshop.Workshop("/bin/true", ROOT, folder)
            self.assertEqual(shop.make("a", "```text file=x\none\n```\n```sh run\ncat x\n```\n```sh run=3\nexit 3\n```\n"), ["one\n", ""])
            for wrong in ("```sh run\nexit 1\n```\n", "```sh run=1\ntrue\n```\n"):
                with self.assertRaises(workshop.WorkshopError):
                    shop.make("b", wrong)

    def test_selected(self) -> None:
        self.assertEqual(workshop.selected("a\nb\nc\n", ""), "a\nb\nc")
        self.assertEqual(workshop.selected("a\nb\nc\n", "2-2"), "…\nb\n…")
        self.assertEqual(workshop.selected("a\nb\nc\n", "-2"), "…\nb\nc")


def symbol(name: str, comment: str = "") -> dict:
    made: dict = {"identifier": {"precise": name}, "pathComponents": [name], "location": {"uri": "file:///x/Sources/M/a.swift", "position": {"line": 4}}}
    return {**made, "docComment": {"lines": [{"text": comment}]}} if comment else made


class ReferenceTests(unittest.TestCase):
    def test_symbols_without_a_comment_are_named(self) -> None:
        symbols = [symbol("told", "One."), symbol("untold"), symbol("meets"), symbol("fails"), symbol("swift")]
        origins = [{"source": source, "target": "T", "sourceOrigin": {"identifier": origin}}
                   for source, origin in (("meets", "told"), ("fails", "untold"), ("swift", "s:SQ"))]
        reference = Reference(ROOT, "", "")
        reference.cover({one["identifier"]["precise"]: ("M", one) for one in symbols}, {"M": {"relationships": origins}})
        self.assertEqual(reference.lacking, ["Sources/M/a.swift:5: untold", "Sources/M/a.swift:5: fails"])
        self.assertEqual(reference.count, 5)

    def test_links_to_other_modules_say_which(self) -> None:
        names = {"Sampling": {"Chain", "Both"}, "Networks": {"Task", "Both"}}
        text = Reference(ROOT, "", "").across("``Chain/step(_:)`` ``Task`` ``Both`` ``other``", "Networks", names)
        self.assertEqual(text, "``/Sampling/Chain/step(_:)`` ``Task`` ``Both`` ``other``")


class ContentsTests(unittest.TestCase):
    def test_every_document_is_a_page(self) -> None:
        with open(os.path.join(ROOT, "docs", "site", "contents.txt")) as file:
            listed = {line.lstrip("?").split()[0] for line in file if not line.startswith("#")}
        for folder in ("docs", "docs/site"):
            for name in os.listdir(os.path.join(ROOT, folder)):
                if name.endswith(".md"):
                    self.assertIn(f"{folder}/{name}", listed)


class GlossaryTests(unittest.TestCase):
    GLOSSARY = os.path.join(ROOT, "docs", "site", "glossary.md")

    def test_a_missing_name_is_named(self) -> None:
        places = {"lp": {"diagnose"}, "readout": {"check"}, "nobody_explains_this": {"check"}}
        self.assertEqual(names.lacking(places, self.GLOSSARY), ["nobody_explains_this"])

    def test_every_row_tells_shape_and_unit(self) -> None:
        with open(self.GLOSSARY) as file:
            for line in file:
                if line.startswith("| `"):
                    self.assertEqual(line.replace("\\|", "").count("|"), 5, line)

    def test_names_without_places(self) -> None:
        self.assertEqual([names.plain(name) for name in ("readout[0,1]", "readout.1.2", "hidden_weights_2", "gain_dim_0", "feature_0")],
                         ["readout", "readout", "hidden_weights", "gain", "feature_0"])

    def test_names_are_found(self) -> None:
        found: set[str] = set()
        names.keys({"checks": [{"name": "balance[0]", "z": 1}]}, found)
        names.table("quantity,mean,mean standard error\nloss,1,2\n\n# Others\nK,x\n2,3\n", found)
        self.assertEqual(found, {"checks", "name", "balance[0]", "z", "quantity", "mean", "mean standard error", "loss", "K", "x"})


if __name__ == "__main__":
    unittest.main()

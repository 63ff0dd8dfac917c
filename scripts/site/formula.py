"""Formulas without a network: a small part of TeX becomes MathML, and sub- and superscripts of plain text become HTML."""

import html
import re

GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "theta": "θ", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ",
    "pi": "π", "rho": "ρ", "sigma": "σ", "tau": "τ", "phi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω", "Lambda": "Λ", "Theta": "Θ",
    "Sigma": "Σ", "Phi": "Φ", "Delta": "Δ",
}
OPERATORS = {
    "propto": "∝", "cdot": "·", "times": "×", "le": "≤", "ge": "≥", "ne": "≠", "to": "→", "infty": "∞", "partial": "∂", "approx": "≈",
    "in": "∈", "langle": "⟨", "rangle": "⟩", "pm": "±", "ldots": "…", "mid": "|", "lVert": "‖", "rVert": "‖", "top": "⊤", "sim": "∼",
    "quad": "\u2003", "qquad": "\u2003\u2003", ",": "\u2009", ";": "\u2005", "{": "{", "}": "}",
}
LARGE = {"sum": "∑", "prod": "∏", "int": "∫"}
FUNCTIONS = {"exp", "ln", "log", "det", "max", "min", "tr", "rank", "Var", "Cov"}
ACCENTS = {"bar": "¯", "hat": "^", "tilde": "~"}


class FormulaError(Exception):
    pass


class Formula:
    """Reads \\frac, \\sqrt, \\text, accents, sums, functions, Greek letters, brackets by \\left and \\right, sub- and superscripts."""

    def __init__(self, text: str) -> None:
        self.tokens = re.findall(r"\\text\{[^}]*\}|\\[A-Za-z]+|\\.|\d+(?:\.\d+)?|\S", text)
        self.place = 0
        self.raw = text

    def peek(self) -> str:
        return self.tokens[self.place] if self.place < len(self.tokens) else ""

    def take(self, wanted: str = "") -> str:
        token = self.peek()
        if not token or (wanted and token != wanted):
            raise FormulaError(f"formula {self.raw!r}: expected {wanted or 'more'} after {''.join(self.tokens[:self.place])!r}")
        self.place += 1
        return token

    def row(self, end: str = "") -> str:
        parts = []
        while self.peek() and self.peek() != end:
            parts.append(self.scripted())
        return f"<mrow>{''.join(parts)}</mrow>"

    def group(self) -> str:
        if self.peek() != "{":
            return self.atom()
        self.take("{")
        inner = self.row("}")
        self.take("}")
        return inner

    def scripted(self) -> str:
        large = self.peek()[1:] in LARGE and self.peek().startswith("\\")
        base, below, above = self.atom(), "", ""
        while self.peek() in ("_", "^"):
            if self.take() == "_":
                below = self.group()
            else:
                above = self.group()
        kind = ("munderover", "munder", "mover") if large else ("msubsup", "msub", "msup")
        if below and above:
            return f"<{kind[0]}>{base}{below}{above}</{kind[0]}>"
        if below or above:
            name = kind[1] if below else kind[2]
            return f"<{name}>{base}{below or above}</{name}>"
        return base

    def atom(self) -> str:
        token = self.take()
        if token == "{":
            self.place -= 1
            return self.group()
        if token == "}":
            raise FormulaError(f"formula {self.raw!r}: a bracket that nothing opens")
        if not token.startswith("\\"):
            if token[0].isdigit():
                return f"<mn>{token}</mn>"
            if token.isalpha():
                return f"<mi>{token}</mi>"
            token = {"-": "−", "*": "∗", "'": "′"}.get(token, token)
            fixed = ' stretchy="false"' if token in "()[]|" else ""
            return f"<mo{fixed}>{html.escape(token)}</mo>"
        name = token[1:]
        if name in ("frac", "tfrac"):
            above = self.group()
            return f"<mfrac>{above}{self.group()}</mfrac>"
        if name == "sqrt":
            return f"<msqrt>{self.group()}</msqrt>"
        if name.startswith("text{"):
            return f"<mtext>{html.escape(name[5:-1])}</mtext>"
        if name in ACCENTS:
            return f"<mover accent=\"true\">{self.group()}<mo>{ACCENTS[name]}</mo></mover>"
        if name in ("left", "right"):
            return f"<mo>{html.escape(self.take().removeprefix(chr(92)).replace('langle', '⟨').replace('rangle', '⟩'))}</mo>"
        if name in GREEK:
            return f"<mi>{GREEK[name]}</mi>"
        if name in LARGE:
            return f"<mo>{LARGE[name]}</mo>"
        if name in FUNCTIONS:
            return f"<mi>{name}</mi><mo>\u2061</mo>"
        if name in OPERATORS:
            if name in ("langle", "rangle", "lVert", "rVert"):
                return f"<mo stretchy=\"false\">{OPERATORS[name]}</mo>"
            if OPERATORS[name].isspace():
                return f"<mtext>{OPERATORS[name]}</mtext>"
            return f"<mo>{OPERATORS[name]}</mo>"
        raise FormulaError(f"formula {self.raw!r}: unknown {token}")


def displayed(text: str) -> str:
    """One line of TeX a row; rows are set one below the other."""
    rows = []
    for line in re.split(r"\\\\", text.strip()):
        formula = Formula(line.replace("&", ""))
        rows.append(f'<math display="block">{formula.row()}</math>')
        if formula.peek():
            raise FormulaError(f"formula {line!r}: {formula.peek()} closes nothing")
    return f'<div class="formula">{"".join(rows)}</div>'


# What x_i, x^2, x_(i,j)^(1/2) and the like are made of.
SCRIPT = r"([_^])(\([^()]*\)|\{[^{}]*\}|[−+]?(?:(?![⁰¹²³⁴-⁹⁻ᵀ])[\w*])+(?:[−+]\d)?)"
BASE = r"(?<![\w&])[^\W\d_]{1,2}|(?<![\w&])\d+(?=\^)|[)\]⟩|]"


def inline(text: str) -> str:
    """Escaped plain text with x_i and x^(1/2) set as such, and single letters in italics."""

    def scripts(match: re.Match[str]) -> str:
        base = match.group(1)
        made = f"<i>{base}</i>" if base.isalpha() and base not in "ΣΠ" else base
        for sign, inner in re.findall(SCRIPT, match.group(2)):
            name = "sub" if sign == "_" else "sup"
            made += f"<{name}>{inner[1:-1] if inner[0] in '({' else inner}</{name}>"
        return made

    text = re.sub(rf"({BASE})((?:{SCRIPT})+)", scripts, text)
    # Letters that stand alone are quantities, but for the words a, A and I.
    return re.sub(r"(?<![\w&;<>/'’.-])([b-zB-HJ-Zα-ωΓΔΘΛΞΦΨΩ])(?![\w;>'’-])", r"<i>\1</i>", text)

// Any text as LaTeX prints it unchanged, without a package.

/// LaTeX, as `pdflatex` reads it.
enum LaTeX {
  private static let commands: [Unicode.Scalar: String] = [
    "\\": "\\textbackslash{}", "{": "\\{", "}": "\\}", "&": "\\&", "%": "\\%", "$": "\\$", "#": "\\#", "_": "\\_",
    "~": "\\textasciitilde{}", "^": "\\textasciicircum{}", "<": "$<$", ">": "$>$", "|": "$|$",
    // After the end of a row these would be an option of it.
    "[": "{[}", "*": "{*}",
    "±": "$\\pm$", "×": "$\\times$", "·": "$\\cdot$", "→": "$\\rightarrow$", "−": "$-$", "≤": "$\\leq$", "≥": "$\\geq$",
    "∞": "$\\infty$", "²": "$^2$", "³": "$^3$", "°": "$^\\circ$", "…": "\\ldots{}", "–": "--", "—": "---", "’": "'",
    "‘": "`", "“": "``", "”": "''", "α": "$\\alpha$", "β": "$\\beta$", "γ": "$\\gamma$", "δ": "$\\delta$",
    "ε": "$\\epsilon$", "η": "$\\eta$", "θ": "$\\theta$", "κ": "$\\kappa$", "λ": "$\\lambda$", "μ": "$\\mu$",
    "ν": "$\\nu$", "π": "$\\pi$", "ρ": "$\\rho$", "σ": "$\\sigma$", "τ": "$\\tau$", "φ": "$\\phi$", "χ": "$\\chi$",
    "ψ": "$\\psi$", "ω": "$\\omega$", "Σ": "$\\Sigma$", "Δ": "$\\Delta$", "Ω": "$\\Omega$", "ß": "\\ss{}",
  ]

  /// Letters that its oldest fonts have or make.
  private static let letters = Set(
    "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜÝàáâãäåæçèéêëìíîïñòóôõöøùúûüýÿ".unicodeScalars)

  /// `text` with a command for every mark that would act; what no font has by its number.
  static func escaped(_ text: String) -> String {
    text.replacingOccurrences(of: "->", with: "→").unicodeScalars.map { scalar in
      if let command = commands[scalar] { return command }
      guard scalar.isASCII || letters.contains(scalar) else {
        return "U+" + String(scalar.value, radix: 16, uppercase: true)
      }
      return String(scalar)
    }.joined()
  }

  /// A text of numbers, those in mathematics with their powers of ten.
  static func number(_ text: String) -> String {
    text.split(separator: " ", omittingEmptySubsequences: false).map { word in
      let isOpen = word.hasPrefix("(")
      let isClosed = word.hasSuffix(")")
      let bare = word.dropFirst(isOpen ? 1 : 0).dropLast(isClosed ? 1 : 0)
      guard let value = Double(bare), value.isFinite else { return escaped(String(word)) }
      let parts = bare.split(separator: "e")
      let power = parts.count == 2 ? Int(parts[1]).map { " \\times 10^{\($0)}" } ?? "" : ""
      return (isOpen ? "(" : "") + "$\(parts[0])\(power)$" + (isClosed ? ")" : "")
    }.joined(separator: " ")
  }

  /// A comment for every line of `text`.
  static func comments(_ text: String) -> String {
    text.split(separator: "\n").map { "% \($0)\n" }.joined()
  }
}

// How wide text is about: gnuplot knows no fonts, and what it would reserve is too little for an m and too much for an l.

/// Widths of text in figures.
enum LabelWidth {
  /// The width of a text in units of the layout, that of a wide sans-serif font (DejaVu Sans).
  static func of(_ text: String) -> Double {
    FigureLayout.fontSize * text.unicodeScalars.reduce(0) { $0 + width($1) }
  }

  /// In heights of the font.
  private static func width(_ scalar: Unicode.Scalar) -> Double {
    switch scalar {
    case "m", "M", "W", "…", "%", "@": 1.0
    case "w", "−", "+", "=", "<", ">", "≥", "≤", "×", "±", "N", "O", "Q", "G", "H", "D", "U": 0.84
    case "i", "j", "l", "I", "'", "|": 0.32
    case " ", ".", ",", ":", ";", "-", "t", "f", "r", "[", "]", "(", ")", "/", "J": 0.42
    case "_", "*", "s", "c", "z", "k", "v", "x", "y", "⁰"..."⁾", "¹", "²", "³", "₀"..."₉": 0.56
    default: scalar.isASCII ? 0.66 : 0.9
    }
  }
}

// Numbers in messages: three to four digits, no exponent where it can be helped.

/// `value` for a sentence: whole from 1000 on, else three significant digits (four around 1, where R-hat lives).
func shortNumber(_ value: Double) -> String {
  guard value.isFinite else { return value.isNaN ? "undefined" : value < 0 ? "-infinity" : "infinity" }
  let size = abs(value)
  if size >= 1e15 { return String(format: "%.3g", value) }
  if size >= 1000 { return String(format: "%.0f", value) }
  return String(format: size >= 1 && size < 10 ? "%.4g" : "%.3g", value)
}

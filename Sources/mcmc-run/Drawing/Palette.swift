// The colours of figures: in light and in dark, for those who see few colours too, and of different lightness.

import Sampling
import Storage

/// The colours of series and of maps.
enum Palette {
  /// Dark and light by turns; told apart under the common kinds of colour blindness by hue or lightness.
  static let light = ["#1b5a9e", "#e08214", "#0b7a5c", "#c0569b", "#4aa8e0", "#5b2a86", "#a8901c", "#7a4a2c"]
  /// The same on a dark page.
  static let dark = ["#6fb0f5", "#f5b265", "#35c292", "#f097cf", "#84b8d4", "#b08cf5", "#e0d070", "#c9997a"]
  static let muted = "#7d8793"
  static let ink = "#000000"

  /// From negative to positive, the middle light.
  static let diverging = "defined (-1 '#b35806', -0.5 '#f1a340', 0 '#f7f7f7', 0.5 '#7fb4e0', 1 '#1c5b9f')"
  /// From little to much.
  static let sequential = "defined (0 '#f4f6f9', 0.5 '#7fb4e0', 1 '#153f73')"

  /// The colours as properties of a style sheet, which pictures in a page take theirs from.
  static func properties(_ colours: [String]) -> String {
    colours.enumerated().map { "--s\($0): \($1);" }.joined(separator: " ")
  }

  /// A picture with its series' colours taken from the page, so that they change with light and dark.
  static func adapted(_ svg: String) -> String {
    var result = svg
    for (index, colour) in light.enumerated() {
      let number = UInt32(colour.dropFirst(), radix: 16)!
      let parts = [number >> 16, number >> 8 & 255, number & 255].map { String(format: "%3.0f", Double($0)) }
      let written = "rgb(\(parts.joined(separator: ", ")))"
      result = result.replacingOccurrences(of: written, with: "var(--s\(index))")
    }
    return result
  }
}

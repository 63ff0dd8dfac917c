// The files that a figure is drawn as, and the terminals of gnuplot that write them.

import Sampling
import Storage

/// One file with a picture of a figure.
struct Picture: Sendable, Equatable {
  let medium: FigureLayout.Medium
  let format: Format

  /// How a picture is stored.
  enum Format: String, Sendable, CaseIterable {
    case svg, pdf, png
  }

  /// The two of a page.
  static let page = [Picture(medium: .wide, format: .svg), Picture(medium: .narrow, format: .svg)]

  /// Those of a column of a paper and of a slide in a format.
  static func files(_ format: Format) -> [Picture] {
    [Picture(medium: .column, format: format), Picture(medium: .slide, format: format)]
  }

  /// NAME.svg and NAME-narrow.svg on a page, NAME-column.pdf and NAME-slide.pdf beside it.
  func file(of figure: Figure) -> String {
    "\(figure.name)\(medium == .wide ? "" : "-\(medium.rawValue)").\(format.rawValue)"
  }

  /// The width of a column of a paper and of a slide, in centimetres.
  private var centimetres: Double { medium == .slide ? 33.866 : 8.5 }

  /// gnuplot's terminal: pixels for SVG, 85 mm for a column (300 dots an inch), 1600 by 900 dots for a slide.
  func terminal(_ layout: FigureLayout) -> String {
    func number(_ value: Double) -> String { String(format: "%.5g", value) }
    switch format {
    case .svg:
      return
        "svg size \(Int(layout.width)),\(Int(layout.height)) dynamic noenhanced font 'sans-serif,\(Int(FigureLayout.fontSize))'"
    case .pdf:
      let unit = centimetres / layout.width
      let points = unit / 2.54 * 72
      return
        "pdfcairo size \(number(unit * layout.width))cm,\(number(unit * layout.height))cm noenhanced font 'sans-serif,\(number(points * FigureLayout.fontSize))' fontscale 1 linewidth \(number(points)) pointscale \(number(points)) dashlength 1 background '#ffffff'"
    case .png:
      let scale = (medium == .slide ? 1600 : 8.5 / 2.54 * 300) / layout.width
      return
        "pngcairo size \(Int((scale * layout.width).rounded())),\(Int((scale * layout.height).rounded())) noenhanced font 'sans-serif,\(number(scale * FigureLayout.fontSize * 0.75))' linewidth \(number(scale)) pointscale \(number(scale)) background '#ffffff'"
    }
  }
}

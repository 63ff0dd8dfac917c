// A picture as it is described: its panels, and the words that go with it. How it is laid out is no part of it.

import Storage

/// One figure of a report.
///
/// A figure is made of *stacks* of panels. Panels of a stack share an x axis and stand below each other, such as a curve
/// above its residuals. Stacks stand beside each other where there is room, and below each other where there is none.
/// Every figure is drawn wide and narrow for a page, and as wanted for a column of a paper and for a slide
/// (``FigureLayout``); its key is always below the panels and never over data.
struct Figure: Sendable {
  /// The name of its files: letters, digits and "-".
  private(set) var name: String
  let title: String
  /// What is seen, in a sentence or two; what the bars are.
  let caption: String
  /// What the picture shows, for those who cannot see it; with the numbers that matter.
  let alternativeText: String
  let stacks: [[Panel]]
  /// Stacks in a row at most: wide, and narrow.
  let across: (wide: Int, narrow: Int)
  /// Whether all stacks have the same axes, which are labelled at the left only: small multiples.
  let areMultiples: Bool

  /// A figure of stacks of panels.
  init(
    name: String, title: String, caption: String, alternativeText: String, stacks: [[Panel]],
    across: (wide: Int, narrow: Int) = (2, 1), areMultiples: Bool = false
  ) {
    self.areMultiples = areMultiples
    self.name = name
    self.title = title
    self.caption = caption
    self.alternativeText = alternativeText
    self.stacks = stacks
    self.across = across
  }

  /// A figure of panels that stand beside each other.
  init(
    name: String, title: String, caption: String, alternativeText: String, panels: [Panel],
    across: (wide: Int, narrow: Int) = (2, 1)
  ) {
    self.init(
      name: name, title: title, caption: caption, alternativeText: alternativeText, stacks: panels.map { [$0] },
      across: across)
  }

  var panels: [Panel] { stacks.flatMap { $0 } }

  /// Whether a panel would show nothing: such a figure is not drawn, and the page says so.
  var isEmpty: Bool { panels.isEmpty || panels.contains(where: \.isEmpty) }

  /// The same figure by another name, where figures of several origins stand on one page.
  func named(_ name: String) -> Figure {
    var figure = self
    figure.name = name
    return figure
  }

  /// "readout-0-1" of "readout[0,1]": letters and digits of ASCII, and "-" for all else, as names come from files.
  static func fileName(_ name: String) -> String {
    String(
      String.UnicodeScalarView(
        name.unicodeScalars.lazy.filter { $0 != "]" }.map { scalar in
          scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil) ? scalar : "-"
        }))
  }
}

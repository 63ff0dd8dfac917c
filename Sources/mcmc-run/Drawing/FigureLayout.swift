// Where a figure's panels, labels, key and colour bar stand, for a page (wide and narrow), a column of a paper and a slide.

import Sampling
import Storage

/// A figure laid out; lengths in units of which twelve are the height of its text.
struct FigureLayout: Sendable {
  /// What a figure is laid out for.
  enum Medium: String, Sendable, CaseIterable {
    case wide, narrow, column, slide

    /// The width in units; a slide's at least.
    var width: Double {
      switch self {
      case .wide: 580
      case .narrow, .column: 340
      case .slide: 640
      }
    }
  }

  static let fontSize = 12.0
  /// What a character takes on average, where lengths are bounded by a number of characters.
  static let character = 7.3
  private static let line = 17.0
  private static let gap = 14.0

  let medium: Medium
  let width: Double
  let height: Double
  let panels: [PlacedPanel]
  let key: [KeyEntry]
  /// Where the colour bar is (its upper left corner and its width), and what it counts.
  let bar: (left: Double, top: Double, width: Double, colours: Series.ColourMap)?
  /// The figure's title on top, where it has one.
  let title: String?

  /// A panel with its place.
  struct PlacedPanel: Sendable {
    let panel: Panel
    let left: Double
    let top: Double
    let width: Double
    var height: Double
    let x: (low: Double, high: Double)
    let y: (low: Double, high: Double)
    let xTicks: AxisTicks
    let yTicks: AxisTicks
    /// Whether its x axis has labels: the last of its stack.
    let isLast: Bool
    /// Whether its y axis has labels.
    let isLabelled: Bool
    /// How far left of it the middle of the y axis' label is; nil where that stands on top.
    let labelOffset: Double?
  }

  /// An entry of the key: its sample's left end and the middle of its line.
  struct KeyEntry: Sendable {
    let series: Series
    let text: String
    let left: Double
    let middle: Double
  }

  static let sample = 26.0

  init(_ figure: Figure, _ medium: Medium) {
    guard medium == .slide else {
      self = FigureLayout(figure, medium, width: medium.width, stretched: nil)
      return
    }
    // Slides are 16 by 9: wide enough for the height that the panels need at least, then as high as they are.
    var width = medium.width
    while FigureLayout(figure, medium, width: width, stretched: nil).height > width * 9 / 16, width < 4000 {
      width *= 1.1
    }
    self = FigureLayout(figure, medium, width: width, stretched: width * 9 / 16)
  }

  private init(_ figure: Figure, _ medium: Medium, width: Double, stretched: Double?) {
    self.medium = medium
    self.width = width
    title = medium == .slide ? figure.title : nil
    let isWide = medium == .wide || medium == .slide
    let across = max(1, min(isWide ? figure.across.wide : figure.across.narrow, figure.stacks.count))
    let cell = (width - Self.gap * Double(across - 1)) / Double(across)
    let drafts = figure.stacks.enumerated().map { index, stack in
      Self.drafts(
        stack, sharing: figure.areMultiples ? figure.stacks : [stack], cell: cell,
        isLabelled: !figure.areMultiples || index % across == 0)
    }
    let above = title == nil ? 2 : 2 * Self.line
    // One left margin for all stacks of a column of the grid, so that their axes stand below each other.
    let margins = (0..<across).map { column in
      stride(from: column, to: drafts.count, by: across).flatMap { drafts[$0].map(\.margin) }.max() ?? 0
    }
    // Where axes are shared, what only the first column has is taken from all alike.
    let inner =
      figure.areMultiples
      ? (width - margins.reduce(0, +) - (Self.gap / 2 + Self.right) * Double(across - 1) - Self.right) / Double(across)
      : nil
    var lefts: [Double] = []
    for column in margins.indices {
      let begin =
        inner.map { inner in column == 0 ? 0 : lefts[column - 1] + inner + Self.right + Self.gap / 2 }
        ?? Double(column) * (cell + Self.gap)
      lefts.append(begin + margins[column])
    }
    let key = Self.key(of: figure, width: width)
    let colours = figure.panels.lazy.flatMap(\.series).compactMap { series -> Series.ColourMap? in
      guard case .image(_, _, _, let colours, _, _) = series.mark else { return nil }
      return colours
    }.first
    let below = (key.last.map { $0.middle + Self.line } ?? 0) + (colours == nil ? 0 : 62) + 2

    func place(stretch: Double) -> (panels: [PlacedPanel], bottom: Double) {
      var panels: [PlacedPanel] = []
      var top = above
      for row in stride(from: 0, to: drafts.count, by: across) {
        let stacks = row..<min(row + across, drafts.count)
        // Panels of a row that are highest decide; shorter stacks end earlier.
        var lowest = top
        for index in stacks {
          let column = index - row
          let inner = inner ?? cell - margins[column] - Self.right
          var y = top
          for draft in drafts[index] {
            y += draft.above
            panels.append(draft.placed(left: lefts[column], top: y, width: inner, stretch: stretch))
            y += panels[panels.count - 1].height + draft.below
          }
          lowest = max(lowest, y)
        }
        top = lowest + (stacks.upperBound < drafts.count ? Self.gap / 2 : 0)
      }
      return (panels, top)
    }
    var placed = place(stretch: 1)
    if let stretched {
      var (low, high) = (1.0, 8.0)
      for _ in 0..<30 {
        let middle = (low + high) / 2
        if place(stretch: middle).bottom + below > stretched { high = middle } else { low = middle }
      }
      placed = place(stretch: low)
    }
    panels = placed.panels
    let start = placed.bottom + 4
    self.key = key.map { KeyEntry(series: $0.series, text: $0.text, left: $0.left, middle: start + $0.middle) }
    let keyEnd = key.last.map { start + $0.middle + Self.line } ?? start
    bar = colours.map { (left: 0.15 * width, top: keyEnd + 18, width: 0.7 * width, colours: $0) }
    height = stretched ?? (placed.bottom + below).rounded(.up)
  }

  private static let right = 16.0

  /// A panel before its place is known.
  private struct Draft {
    let panel: Panel
    let x: (low: Double, high: Double)
    let y: (low: Double, high: Double)
    let isLast: Bool
    let yTicks: AxisTicks
    let isLabelBeside: Bool
    /// Whether its y axis has labels.
    let isLabelled: Bool
    let cell: Double

    /// What stands left of the panel.
    var margin: Double { isLabelled ? labelWidth : 4 }
    private var labelWidth: Double { yTicks.width + 14 + (isLabelBeside ? 18 : 0) }
    var above: Double { (panel.title == nil ? 4 : FigureLayout.line + 2) + (isLabelBeside ? 4 : FigureLayout.line) }
    var below: Double { isLast ? 2 * FigureLayout.line + 6 : 4 }

    func height(width: Double) -> Double {
      switch panel.height {
      case .regular: min(max(0.6 * width, 130), 220)
      case .low: 70
      case .square: min(max(width, 110), 260)
      case .rows(let rows): max(40, 17 * Double(rows) + 6)
      }
    }

    func placed(left: Double, top: Double, width: Double, stretch: Double) -> PlacedPanel {
      PlacedPanel(
        panel: panel, left: left, top: top, width: width, height: height(width: width) * stretch, x: x, y: y,
        xTicks: FigureLayout.xTicks(panel.x, x, width: width), yTicks: yTicks, isLast: isLast,
        isLabelled: isLabelled, labelOffset: isLabelBeside ? yTicks.width + 21 : nil)
    }
  }

  /// The panels of a stack; their x axis holds the numbers of all of them, and each axis those of all stacks that share it.
  private static func drafts(_ stack: [Panel], sharing stacks: [[Panel]], cell: Double, isLabelled: Bool) -> [Draft] {
    let axis = stack[0].x
    let x = axis.range(of: extent(stacks.joined().flatMap(\.series).flatMap(\.xValues), axis.scale))
    return stack.enumerated().map { index, panel in
      let alike = stacks.compactMap { $0.indices.contains(index) ? $0[index] : nil }
      let y = panel.y.range(of: extent(alike.flatMap(\.series).flatMap(\.yValues), panel.y.scale))
      // The diagonal needs both axes to hold the same numbers.
      let isSquare = panel.series.contains { if case .diagonal = $0.mark { true } else { false } }
      let both = isSquare ? (low: min(x.low, y.low), high: max(x.high, y.high)) : y
      let count =
        switch panel.height {
        case .low: 3
        case .rows(let rows): max(rows, 2)
        case .regular, .square: 5
        }
      let ticks = AxisTicks(
        panel.y, from: both.low, to: both.high, count: count, longest: Int(0.55 * cell / character))
      func draft(isLabelBeside: Bool) -> Draft {
        Draft(
          panel: panel, x: isSquare ? both : x, y: both, isLast: index == stack.count - 1, yTicks: ticks,
          isLabelBeside: isLabelBeside, isLabelled: isLabelled, cell: cell)
      }
      let room = draft(isLabelBeside: true).height(width: cell - 80)
      return draft(isLabelBeside: LabelWidth.of(label(panel.y, ticks)) <= room)
    }
  }

  private static func extent(_ values: [Double], _ scale: Axis.Scale) -> (low: Double, high: Double)? {
    let shown = values.filter { $0.isFinite && (scale != .logarithmic || $0 > 0) }
    return shown.min().flatMap { low in shown.max().map { (low, $0) } }
  }

  /// As many ticks as leave room between their labels.
  private static func xTicks(_ axis: Axis, _ range: (low: Double, high: Double), width: Double) -> AxisTicks {
    let longest = 12
    func ticks(_ count: Int) -> AxisTicks {
      AxisTicks(axis, from: range.low, to: range.high, count: count, longest: longest)
    }
    let most: Int
    if case .names(let names) = axis.scale { most = max(names.count, 1) } else { most = 7 }
    for count in stride(from: most, to: 1, by: -1) {
      let found = ticks(count)
      let labelled = found.ticks.count { !$0.label.isEmpty }
      if Double(labelled) * (found.width + 10) <= width + 20 { return found }
    }
    return ticks(1)
  }

  /// What is written along an axis.
  static func label(_ axis: Axis, _ ticks: AxisTicks) -> String {
    ticks.factor.map { "\(axis.label) (\($0))" } ?? axis.label
  }

  /// The entries of all panels, each once, filling lines.
  private static func key(of figure: Figure, width: Double) -> [KeyEntry] {
    var entries: [KeyEntry] = []
    var (left, middle) = (0.0, line / 2 + 2)
    for series in figure.panels.flatMap(\.series) {
      // One entry a title and colour: thin and thick lines of a chain are the chain's.
      guard let title = series.title,
        !entries.contains(where: { $0.series.title == title && $0.series.look.tone == series.look.tone })
      else { continue }
      let text = AxisTicks.cut(title, Int((width - sample - 12) / character))
      let needed = sample + 6 + LabelWidth.of(text)
      if left > 0, left + needed > width { (left, middle) = (0, middle + line) }
      entries.append(KeyEntry(series: series, text: text, left: left + 2, middle: middle))
      left += needed + 14
    }
    return entries
  }
}

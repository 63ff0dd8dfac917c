// What is drawn in a panel: numbers, how they are marked, how they look, and what the key calls them.

/// One series of a panel.
struct Series: Sendable {
  /// Its words in the key; nil for a series that has none.
  let title: String?
  /// What its values are called in the figure's data.
  let name: String
  let mark: Mark
  let look: Look

  /// Numbers and how they are marked; places whose numbers are not finite are left out.
  enum Mark: Sendable {
    /// A line through (x, y).
    case line(x: [Double], y: [Double])
    /// Points at (x, y), with bars along y and perhaps joined by a line.
    case points(x: [Double], y: [Double], bars: Bars, isJoined: Bool)
    /// Points at (x, y) with bars along x, for axes with a name a row.
    case spread(x: [Double], y: [Double], bars: Bars)
    /// The area between two values at each x.
    case band(x: [Double], low: [Double], high: [Double])
    /// Boxes from zero to y, of a width on the x axis.
    case boxes(x: [Double], y: [Double], width: Double)
    /// A value y[i] from x[i] to x[i + 1].
    case steps(x: [Double], y: [Double])
    /// Coloured cells around (x, y), on a grid of whole numbers; with the first of their texts for which there is room,
    /// and with notes below these where there is room.
    case image(
      x: [Double], y: [Double], value: [Double], colours: ColourMap, texts: [[String]] = [], notes: [String]? = nil)
    /// A horizontal line across the panel.
    case level(Double)
    /// A vertical line across the panel.
    case upright(Double)
    /// The line on which x and y are equal.
    case diagonal
    /// The area between two places of the x axis, over the whole height.
    case shade(from: Double, to: Double)
  }

  /// How uncertain values are.
  enum Bars: Sendable {
    case none
    /// One standard error to both sides.
    case standardErrors([Double])
    /// From, to.
    case intervals(low: [Double], high: [Double])
  }

  /// Which value has which colour; one a figure.
  struct ColourMap: Sendable, Equatable {
    /// What the colours count.
    let label: String
    let low: Double
    let high: Double
    /// Whether zero is in the middle, and light.
    let isDiverging: Bool
  }

  /// A series whose values are called by its title in the data, unless a `name` says otherwise.
  init(_ title: String?, name: String? = nil, _ mark: Mark, _ look: Look) {
    self.title = title
    self.name = name ?? title ?? "value"
    self.mark = mark
    self.look = look
  }

  // MARK: - What panels ask

  /// Whether anything of it can be seen by itself; lines for comparison cannot.
  var isVisible: Bool {
    switch mark {
    case .line(let x, let y): Self.finite(x, y) > 1
    case .points(let x, let y, _, _), .spread(let x, let y, _), .boxes(let x, let y, _): Self.finite(x, y) > 0
    case .steps(let x, let y): Self.finite(x, y) > 1
    case .image(let x, _, let value, _, _, _): Self.finite(x, value) > 0
    case .band(let x, let low, let high): Self.finite(x, zip(low, high).map(+)) > 1
    case .level, .upright, .diagonal, .shade: false
    }
  }

  private static func finite(_ x: [Double], _ y: [Double]) -> Int { zip(x, y).count { $0.isFinite && $1.isFinite } }

  /// The numbers along x that the axis must hold.
  var xValues: [Double] {
    switch mark {
    case .line(let x, _), .points(let x, _, _, _), .band(let x, _, _), .steps(let x, _), .image(let x, _, _, _, _, _): x
    case .boxes(let x, _, let width): x.flatMap { [$0 - width / 2, $0 + width / 2] }
    case .spread(let x, _, let bars): x + bars.ends(of: x)
    case .upright(let x): [x]
    case .shade(let from, let to): [from, to]
    case .level, .diagonal: []
    }
  }

  /// The numbers along y that the axis must hold.
  var yValues: [Double] {
    switch mark {
    case .line(_, let y), .spread(_, let y, _), .steps(_, let y), .image(_, let y, _, _, _, _): y
    case .boxes(_, let y, _): y + [0]
    case .points(_, let y, let bars, _): y + bars.ends(of: y)
    case .band(_, let low, let high): low + high
    case .level(let y): [y]
    case .upright, .diagonal, .shade: []
    }
  }
}

extension Series.Bars {
  /// Where bars of these values end.
  fileprivate func ends(of values: [Double]) -> [Double] {
    switch self {
    case .none: []
    case .standardErrors(let errors): zip(values, errors).flatMap { [$0 - $1, $0 + $1] }
    case .intervals(let low, let high): low + high
    }
  }
}

// MARK: - Shorter words for what is drawn often

extension Series {
  static func line(_ title: String?, name: String? = nil, x: [Double], y: [Double], _ look: Look) -> Series {
    Series(title, name: name, .line(x: x, y: y), look)
  }

  static func points(
    _ title: String?, name: String? = nil, x: [Double], y: [Double], bars: Bars = .none, isJoined: Bool = false,
    _ look: Look
  ) -> Series {
    Series(title, name: name, .points(x: x, y: y, bars: bars, isJoined: isJoined), look)
  }

  /// A row for each value, from the top, with bars along x.
  static func rows(_ title: String?, name: String? = nil, _ values: [Double], bars: Bars = .none, _ look: Look)
    -> Series
  {
    Series(title, name: name, .spread(x: values, y: values.indices.map(Double.init), bars: bars), look)
  }

  static func band(_ title: String?, name: String? = nil, x: [Double], low: [Double], high: [Double], _ look: Look)
    -> Series
  {
    Series(title, name: name, .band(x: x, low: low, high: high), look)
  }

  static func steps(_ title: String?, name: String? = nil, x: [Double], y: [Double], _ look: Look) -> Series {
    Series(title, name: name, .steps(x: x, y: y), look)
  }

  static func level(_ y: Double, _ title: String? = nil, _ look: Look = .muted) -> Series {
    Series(title, .level(y), look)
  }

  static func upright(_ x: Double, _ title: String? = nil, _ look: Look = .muted) -> Series {
    Series(title, .upright(x), look)
  }
}

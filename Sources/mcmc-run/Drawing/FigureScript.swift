// The gnuplot script of a figure: the same panels for every medium, each laid out for it.

import Sampling
import Storage

/// A script that draws a figure from its data for some media.
struct FigureScript {
  let figure: Figure
  let data: FigureData

  init(_ figure: Figure) {
    self.figure = figure
    data = FigureData(figure)
  }

  /// Commands that draw these pictures.
  func text(_ pictures: [Picture]) -> String {
    """
    # gnuplot \(figure.name).gp draws \(pictures.map { $0.file(of: figure) }.joined(separator: ", ")) from \(figure.name).csv
    reset
    set encoding utf8
    set datafile separator ','
    set datafile columnheaders
    set datafile missing ''
    set errorbars small
    unset key
    DATA = '\(figure.name).csv'

    """ + pictures.map(commands).joined()
  }

  private func commands(_ picture: Picture) -> String {
    let layout = FigureLayout(figure, picture.medium)
    var lines = [
      "", "# \(picture.file(of: figure))", "set terminal \(picture.terminal(layout))",
      "set output '\(picture.file(of: figure))'", "set multiplot",
    ]
    if let title = layout.title {
      lines.append("set label \(Gnuplot.quoted(title)) at \(place(6, 14, layout)) left")
    }
    for (index, placed) in layout.panels.enumerated() {
      lines += panel(placed, data.places[index], layout, isFirst: index == 0)
    }
    lines += key(layout)
    return (lines + ["unset multiplot", "unset output"]).joined(separator: "\n") + "\n"
  }

  // MARK: - Places

  private func number(_ value: Double) -> String { String(format: "%.6g", value) }

  /// A place of the picture, from its upper left corner.
  private func place(_ x: Double, _ y: Double, _ layout: FigureLayout) -> String {
    "screen \(number(x / layout.width)),\(number(1 - y / layout.height))"
  }

  private func margins(_ left: Double, _ top: Double, _ width: Double, _ height: Double, _ layout: FigureLayout)
    -> String
  {
    "set lmargin at screen \(number(left / layout.width)); set rmargin at screen \(number((left + width) / layout.width)); "
      + "set tmargin at screen \(number(1 - top / layout.height)); set bmargin at screen \(number(1 - (top + height) / layout.height))"
  }

  // MARK: - Panels

  private func panel(
    _ placed: FigureLayout.PlacedPanel, _ places: [[Int]], _ layout: FigureLayout, isFirst: Bool
  ) -> [String] {
    let panel = placed.panel
    var lines = [
      margins(placed.left, placed.top, placed.width, placed.height, layout), axis("x", panel.x, placed.x),
      axis("y", panel.y, placed.y), ticks("x", placed.xTicks, isLabelled: placed.isLast),
      ticks("y", placed.yTicks, isLabelled: placed.isLabelled),
    ]
    let isImage = panel.series.contains { if case .image = $0.mark { true } else { false } }
    lines.append(isImage ? "unset border" : "set border 3 linewidth 0.8")
    if let title = panel.title {
      lines.append(
        "set label \(Gnuplot.quoted(title)) at \(place(placed.left, placed.top - (placed.labelOffset == nil ? 26 : 10), layout)) left"
      )
    }
    if placed.isLast {
      let label = FigureLayout.label(panel.x, placed.xTicks)
      // In the middle of the axis, unless it would stick out of the picture.
      let half = Double(label.count) * FigureLayout.character / 2
      let middle = max(half, min(placed.left + placed.width / 2, layout.width - half))
      lines.append(
        "set label \(Gnuplot.quoted(label)) at \(place(middle, placed.top + placed.height + 31, layout)) center")
    }
    let label = Gnuplot.quoted(FigureLayout.label(panel.y, placed.yTicks))
    if !placed.isLabelled {
      // The first panel of the row has it.
    } else if let offset = placed.labelOffset {
      lines.append(
        "set label \(label) at \(place(placed.left - offset, placed.top + placed.height / 2, layout)) center rotate by 90"
      )
    } else {
      lines.append("set label \(label) at \(place(max(2, placed.left - 40), placed.top - 10, layout)) left")
    }
    lines.append("unset colorbox")
    if isFirst, let bar = layout.bar {
      lines += colourBar(bar, layout)
    } else if let bar = layout.bar {
      lines += palette(bar.colours)
    }
    var plots: [String] = []
    for (series, columns) in zip(panel.series, places) {
      switch series.mark {
      case .level(let y):
        lines.append(
          "set arrow from graph 0, first \(y) to graph 1, first \(y) nohead \(stroke(series.look)) \(series.look.tone == .muted ? "back" : "front")"
        )
      case .upright(let x):
        lines.append(
          "set arrow from first \(x), graph 0 to first \(x), graph 1 nohead \(stroke(series.look)) \(series.look.tone == .muted ? "back" : "front")"
        )
      case .diagonal:
        lines.append(
          "set arrow from graph 0, graph 0 to graph 1, graph 1 nohead \(stroke(series.look)) \(series.look.tone == .muted ? "back" : "front")"
        )
      case .shade(let from, let to):
        lines.append(
          "set object rectangle from first \(from), graph 0 to first \(to), graph 1 behind fillcolor rgb '\(series.look.colour)' fillstyle transparent solid 0.15 noborder"
        )
      default: plots += plot(series, columns, placed)
      }
    }
    lines.append("plot \(plots.joined(separator: ", \\\n  "))")
    lines.append("unset label; unset arrow; unset object")
    return lines
  }

  private func axis(_ name: String, _ axis: Axis, _ range: (low: Double, high: Double)) -> String {
    let isReversed = if case .names = axis.scale { name == "y" } else { false }
    let (from, to) = isReversed ? (range.high, range.low) : (range.low, range.high)
    return (axis.scale == .logarithmic ? "set logscale \(name)" : "unset logscale \(name)")
      + "; set \(name)range [\(from):\(to)]"
  }

  private func ticks(_ name: String, _ ticks: AxisTicks, isLabelled: Bool) -> String {
    let list = ticks.ticks.map { tick in
      // Labels of ticks are formats.
      "\(Gnuplot.quoted(isLabelled ? tick.label : "").replacingOccurrences(of: "%", with: "%%")) \(tick.at)"
    }
    return
      "set \(name)tics nomirror out scale 0.5 \(name == "x" ? "offset 0,0.4 " : "offset 0.4,0 ")(\(list.joined(separator: ", ")))"
  }

  private func palette(_ colours: Series.ColourMap) -> [String] {
    [
      "set palette \(colours.isDiverging ? Palette.diverging : Palette.sequential)",
      "set cbrange [\(colours.low):\(colours.high)]",
    ]
  }

  private func colourBar(
    _ bar: (left: Double, top: Double, width: Double, colours: Series.ColourMap), _ layout: FigureLayout
  ) -> [String] {
    let ticks = AxisTicks(Axis(""), from: bar.colours.low, to: bar.colours.high, count: 4, longest: 12)
    let label = bar.colours.label + (ticks.factor.map { " (\($0))" } ?? "")
    return palette(bar.colours) + [
      "set colorbox horizontal user origin \(place(bar.left, bar.top + 10, layout)) size screen \(number(bar.width / layout.width)),\(number(10 / layout.height)) noborder",
      "set cbtics scale 0.4 offset 0,0.4 (\(ticks.ticks.map { "\(Gnuplot.quoted($0.label)) \($0.at)" }.joined(separator: ", ")))",
      "set label \(Gnuplot.quoted(label)) at \(place(bar.left + bar.width / 2, bar.top - 9, layout)) center",
    ]
  }

  // MARK: - Series

  private func stroke(_ look: Look) -> String {
    "linecolor rgb '\(look.colour)' linewidth \(number(look.width)) dashtype \(look.dash)"
  }

  private func dot(_ look: Look, size: Double = 0.55) -> String {
    "pointtype \(look.point) pointsize \(number(size)) linecolor rgb '\(look.colour)' linewidth 1.2 dashtype 1"
  }

  private func plot(_ series: Series, _ columns: [Int], _ placed: FigureLayout.PlacedPanel) -> [String] {
    let title = "title \(Gnuplot.quoted(series.name))"
    let c = columns.map(String.init)
    switch series.mark {
    case .line: return ["DATA using \(c[0]):\(c[1]) with lines \(stroke(series.look)) \(title)"]
    case .steps: return ["DATA using \(c[0]):\(c[1]) with steps \(stroke(series.look)) \(title)"]
    case .points(_, let y, let bars, let isJoined):
      let size = y.count > 100 ? 0.22 : y.count > 50 ? 0.4 : 0.55
      let line = isJoined ? ["DATA using \(c[0]):\(c[1]) with lines \(stroke(series.look)) \(title)"] : []
      return line + [
        barred("\(c[0]):\(c[1])", bars, value: c[1], c.dropFirst(2), "y", dot(series.look, size: size)) + " \(title)"
      ]
    case .spread(_, _, let bars):
      return [barred("\(c[1]):\(c[0])", bars, value: c[1], c.dropFirst(2), "x", dot(series.look)) + " \(title)"]
    case .band:
      var edge = series.look
      edge.width = 0.7
      return [
        "DATA using \(c[0]):\(c[1]):\(c[2]) with filledcurves linecolor rgb '\(series.look.colour)' fillstyle transparent solid 0.2 noborder \(title)",
        "DATA using \(c[0]):\(c[1]) with lines \(stroke(edge)) \(title)",
        "DATA using \(c[0]):\(c[2]) with lines \(stroke(edge)) \(title)",
      ]
    case .boxes(_, _, let width):
      return [
        "DATA using \(c[0]):\(c[1]):(\(width)) with boxes linecolor rgb '\(series.look.colour)' linewidth 0.8 dashtype 1 fillstyle transparent solid 0.3 border linecolor rgb '\(series.look.colour)' \(title)"
      ]
    case .image(let x, let y, _, let colours, let texts, let notes):
      let cell = (
        width: placed.width / Double(max(1, Set(x).count)), height: placed.height / Double(max(1, Set(y).count))
      )
      func fits(_ texts: [String]) -> Bool {
        Double((texts.map(\.count).max() ?? 0) + 1) * 1.1 * FigureLayout.character <= cell.width
      }
      let middle = (colours.low + colours.high) / 2
      let dark =
        colours.isDiverging
        ? "abs($\(c[2])) > \(0.6 * colours.high)" : "$\(c[2]) > \(middle + 0.1 * (colours.high - middle))"
      func labels(_ column: String, _ offset: Double) -> String {
        "DATA using \(c[0]):\(c[1]):(stringcolumn(\(column))):(\(dark) ? 0xffffff : 0x1c2430) with labels textcolor rgb variable offset 0,\(offset) \(title)"
      }
      var plots = ["DATA using \(c[0]):\(c[1]):\(c[2]) with image pixels \(title)"]
      guard let fitting = texts.firstIndex(where: fits), cell.height > 14 else { return plots }
      let hasNotes = notes.map { fits($0) && cell.height > 36 } ?? false
      plots.append(labels(c[3 + fitting], hasNotes ? 0.5 : 0))
      if hasNotes { plots.append(labels(c[3 + texts.count], -0.5)) }
      return plots
    case .level, .upright, .diagonal, .shade: return []
    }
  }

  /// Points with bars along an axis.
  private func barred(
    _ places: String, _ bars: Series.Bars, value: String, _ columns: ArraySlice<String>, _ axis: String, _ dot: String
  ) -> String {
    switch bars {
    case .none: "DATA using \(places) with points \(dot)"
    case .standardErrors:
      "DATA using \(places):($\(value)-$\(columns.first!)):($\(value)+$\(columns.first!)) with \(axis)errorbars \(dot)"
    case .intervals:
      "DATA using \(places):\(columns.first!):\(columns.last!) with \(axis)errorbars \(dot)"
    }
  }

  // MARK: - The key

  /// What titles of the key's samples begin with, by which they are known in an SVG.
  static let keyMark = "key: "

  /// Samples and words below the panels, on axes whose units are those of the layout.
  private func key(_ layout: FigureLayout) -> [String] {
    guard !layout.key.isEmpty else { return [] }
    var blocks: [String] = []
    var plots: [String] = []
    for (index, entry) in layout.key.enumerated() {
      let (left, right, y) = (entry.left, entry.left + FigureLayout.sample, layout.height - entry.middle)
      let middle = (left + right) / 2
      let title = "title \(Gnuplot.quoted(Self.keyMark + entry.text))"
      let look = entry.series.look
      let both = [left, right].map { "\(number($0)),\(number(y)),\(number(y - 5)),\(number(y + 5))" }
      let one = ["\(number(middle)),\(number(y)),\(number(y - 6)),\(number(y + 6)),\(number(left)),\(number(right))"]
      var rows = both
      switch entry.series.mark {
      case .line, .steps, .level, .upright, .diagonal:
        plots.append("$K\(index) using 1:2 with lines \(stroke(look)) \(title)")
      case .points(_, _, let bars, let isJoined):
        rows = one
        if isJoined {
          plots.append("$K\(index) using 5:2:($6-$5):(0) with vectors nohead \(stroke(look)) \(title)")
        }
        if case .none = bars {
          plots.append("$K\(index) using 1:2 with points \(dot(look)) \(title)")
        } else {
          plots.append("$K\(index) using 1:2:3:4 with yerrorbars \(dot(look)) \(title)")
        }
      case .spread(_, _, let bars):
        rows = one
        if case .none = bars {
          plots.append("$K\(index) using 1:2 with points \(dot(look)) \(title)")
        } else {
          plots.append("$K\(index) using 1:2:5:6 with xerrorbars \(dot(look)) \(title)")
        }
      case .band, .shade:
        let solid = if case .band = entry.series.mark { "0.2" } else { "0.15" }
        plots.append(
          "$K\(index) using 1:3:4 with filledcurves linecolor rgb '\(look.colour)' fillstyle transparent solid \(solid) noborder \(title)"
        )
        if case .band = entry.series.mark {
          for column in [3, 4] {
            plots.append("$K\(index) using 1:\(column) with lines \(stroke(look.solid(0.7))) \(title)")
          }
        }
      case .boxes:
        plots.append(
          "$K\(index) using 1:3:4 with filledcurves linecolor rgb '\(look.colour)' fillstyle transparent solid 0.35 border \(title)"
        )
      case .image: continue
      }
      blocks += ["$K\(index) << END", "x,y,low,high,left,right"] + rows + ["END"]
      blocks.append(
        "set label \(Gnuplot.quoted(entry.text)) at \(place(right + 6, entry.middle, layout)) left")
    }
    return [
      margins(0, 0, layout.width, layout.height, layout), "unset border; unset xtics; unset ytics; unset colorbox",
      "unset logscale x; unset logscale y",
      "set xrange [0:\(number(layout.width))]; set yrange [0:\(number(layout.height))]",
    ] + blocks + ["plot \(plots.joined(separator: ", \\\n  "))", "unset label"]
  }
}

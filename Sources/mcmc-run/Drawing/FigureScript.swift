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

  /// What gnuplot's plots are called, panel by panel and the key last, in a picture.
  func titles(_ picture: Picture) -> [[String]] {
    let layout = FigureLayout(figure, picture.medium)
    return zip(layout.panels, data.places).map { plots($0, $1).map(\.title) } + [key(layout).plots.map(\.title)]
  }

  /// A plot, without and with its title.
  struct Plot {
    let command: String
    let title: String

    var text: String { "\(command) title \(Gnuplot.quoted(title))" }
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
    lines += key(layout).lines
    return (lines + ["unset multiplot", "unset output"]).joined(separator: "\n") + "\n"
  }

  // MARK: - Places

  func number(_ value: Double) -> String { String(format: "%.6g", value) }

  /// A place of the picture, from its upper left corner.
  func place(_ x: Double, _ y: Double, _ layout: FigureLayout) -> String {
    "screen \(number(x / layout.width)),\(number(1 - y / layout.height))"
  }

  func margins(_ left: Double, _ top: Double, _ width: Double, _ height: Double, _ layout: FigureLayout)
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
    // Characters that words above and below the panel may have: those of its neighbours begin where theirs end.
    let room = max(12, Int((placed.width + 50) / FigureLayout.character))
    var lines = [
      margins(placed.left, placed.top, placed.width, placed.height, layout), axis("x", panel.x, placed.x),
      axis("y", panel.y, placed.y), ticks("x", placed.xTicks, isLabelled: placed.isLast),
      ticks("y", placed.yTicks, isLabelled: placed.isLabelled),
    ]
    let isImage = panel.series.contains { if case .image = $0.mark { true } else { false } }
    lines.append(isImage ? "unset border" : "set border 3 linewidth 0.8")
    if let title = panel.title {
      lines.append(
        "set label \(Gnuplot.quoted(AxisTicks.cut(title, room))) at \(place(placed.left, placed.top - (placed.labelOffset == nil ? 26 : 10), layout)) left"
      )
    }
    if placed.isLast {
      let label = AxisTicks.cut(FigureLayout.label(panel.x, placed.xTicks), room)
      // In the middle of the axis, unless it would stick out of the picture.
      let half = LabelWidth.of(label) / 2
      let middle = max(half, min(placed.left + placed.width / 2, layout.width - half))
      lines.append(
        "set label \(Gnuplot.quoted(label)) at \(place(middle, placed.top + placed.height + 31, layout)) center")
    }
    let yLabel = FigureLayout.label(panel.y, placed.yTicks)
    let label = Gnuplot.quoted(placed.labelOffset == nil ? AxisTicks.cut(yLabel, room) : yLabel)
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
    for series in panel.series { lines += background(series) }
    lines.append(command(plots(placed, places)))
    lines.append("unset label; unset arrow; unset object")
    return lines
  }

  private func plots(_ placed: FigureLayout.PlacedPanel, _ places: [[Int]]) -> [Plot] {
    zip(placed.panel.series, places).flatMap { plot($0, $1, placed) }
  }

  func command(_ plots: [Plot]) -> String { "plot \(plots.map(\.text).joined(separator: ", \\\n  "))" }

  /// Lines and areas across a panel.
  private func background(_ series: Series) -> [String] {
    let depth = series.look.tone == .muted ? "back" : "front"
    func line(_ from: String, _ to: String) -> [String] {
      ["set arrow from \(from) to \(to) nohead \(stroke(series.look)) \(depth)"]
    }
    switch series.mark {
    case .level(let y): return line("graph 0, first \(y)", "graph 1, first \(y)")
    case .upright(let x): return line("first \(x), graph 0", "first \(x), graph 1")
    case .diagonal: return line("graph 0, graph 0", "graph 1, graph 1")
    case .shade(let from, let to):
      return [
        "set object rectangle from first \(from), graph 0 to first \(to), graph 1 behind fillcolor rgb '\(series.look.colour)' fillstyle transparent solid 0.15 noborder"
      ]
    default: return []
    }
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
}

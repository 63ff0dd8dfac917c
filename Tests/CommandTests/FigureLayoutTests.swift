// Figures laid out for every medium: ticks that can be read, keys that cover nothing, nothing drawn from nothing.

import Foundation
import Testing

@testable import mcmc_run

@Suite struct FigureLayoutTests {
  private static func figure(_ panels: [Panel], across: (wide: Int, narrow: Int) = (2, 1)) -> Figure {
    Figure(
      name: "f", title: "A figure", caption: "", alternativeText: "", panels: panels, across: across)
  }

  private static func panel(_ y: [Double], entries: Int = 1, height: Panel.Height = .regular) -> Panel {
    let x = y.indices.map(Double.init)
    return Panel(
      x: Axis("draw"), y: Axis("a quantity with a long name"),
      series: (0..<entries).map { .line("entry \($0)", x: x, y: y, .series($0)) }, height: height)
  }

  @Test func ticksAreFewDistinctAndInside() {
    for exponent in stride(from: -300.0, through: 300, by: 25) {
      for (low, high) in [(0.0, 1.0), (-3, 7), (0.999, 1.001), (99.5, 1234.25), (-1, -0.2)] {
        let (low, high) = (low * pow(10, exponent), high * pow(10, exponent))
        let ticks = AxisTicks(Axis(""), from: low, to: high, count: 5, longest: 12)
        #expect((2...12).contains(ticks.ticks.count), "\(low) to \(high)")
        #expect(Set(ticks.ticks.map(\.label)).count == ticks.ticks.count, "\(ticks)")
        #expect(ticks.ticks.allSatisfy { $0.at >= low - 1e-9 * abs(high) && $0.at <= high * (1 + 1e-9) || high < 0 })
        #expect(ticks.ticks.allSatisfy { $0.label.count <= 12 }, "\(ticks)")
      }
    }
    let whole = AxisTicks(Axis("", scale: .whole), from: 1.8, to: 4.2, count: 7, longest: 12)
    #expect(whole.ticks.map(\.label) == ["2", "3", "4"])
    let decades = AxisTicks(Axis("", scale: .logarithmic), from: 1e-8, to: 1, count: 5, longest: 12)
    #expect(decades.ticks.first?.label == "10⁻⁸" && decades.ticks.count == 9)
  }

  @Test func constantsAndSpikesHaveRanges() {
    for value in [0.0, 1e-300, -5, 1e6, 1e-6] {
      let range = Axis("").range(of: (value, value))
      #expect(range.low < range.high && range.low <= value && range.high >= value, "\(value)")
    }
    let logarithmic = Axis("", scale: .logarithmic).range(of: (1e-6, 1e-6))
    #expect(logarithmic.low > 0 && logarithmic.low < logarithmic.high)
  }

  @Test(arguments: FigureLayout.Medium.allCases) func keysStandBelowAllPanels(medium: FigureLayout.Medium) {
    for count in 1...5 {
      let panels = (0..<count).map { _ in Self.panel([1, 2, 3], entries: 9) }
      let layout = FigureLayout(Self.figure(panels), medium)
      #expect(layout.panels.count == count && layout.key.count == 9, "each entry once")
      let bottom = layout.panels.map { $0.top + $0.height }.max()!
      for entry in layout.key {
        #expect(entry.middle - 8 > bottom && entry.middle + 8 <= layout.height)
        #expect(entry.left + FigureLayout.sample + 6 + LabelWidth.of(entry.text) <= layout.width)
      }
      for panel in layout.panels {
        #expect(panel.left > 0 && panel.width > 40 && panel.left + panel.width < layout.width)
      }
      if medium == .slide { #expect(abs(layout.width * 9 / 16 - layout.height) <= 1) }
    }
  }

  /// Panels stand beside each other when wide and below each other when narrow.
  @Test func narrowFiguresAreLaidOutAnew() {
    let figure = Self.figure([Self.panel([1, 2]), Self.panel([1, 2])])
    let (wide, narrow) = (FigureLayout(figure, .wide), FigureLayout(figure, .narrow))
    #expect(wide.panels[0].top == wide.panels[1].top && wide.panels[0].left < wide.panels[1].left)
    #expect(narrow.panels[0].top < narrow.panels[1].top && narrow.panels[0].left == narrow.panels[1].left)
  }

  @Test func figuresWithoutDataAreEmpty() {
    #expect(Self.figure([]).isEmpty)
    #expect(Self.figure([Self.panel([1, 2]), Self.panel([.nan, .nan])]).isEmpty)
    #expect(Self.figure([Self.panel([1, .infinity])]).isEmpty, "a point is no line")
    #expect(!Self.figure([Self.panel([1, 2])]).isEmpty)
    let rules = Panel(x: Axis("x"), y: Axis("y"), series: [.level(0), .upright(1, "one")])
    #expect(Self.figure([rules]).isEmpty, "lines for comparison are compared with nothing")
  }

  /// Columns that are shared stand once, and each panel's numbers are all there.
  @Test func dataOfAllPanelsAreOneTable() {
    let data = FigureData(Self.figure([Self.panel([1, 2, 3], entries: 2), Self.panel([4, 5])]))
    #expect(data.columns == ["draw", "entry 0", "entry 1", "draw (2)", "entry 0 (2)"])
    #expect(data.csv.split(separator: "\n").dropFirst().first == "0.0,1.0,1.0,0.0,4.0")
  }

  @Test func thinnedLinesKeepTheirExtremes() {
    var values = (0..<10_000).map { sin(Double($0)) }
    values[1234] = 50
    values[5678] = -50
    let line = Thinning.extremes(values, most: 200)
    #expect(line.x.count <= 200 && line.x == line.x.sorted())
    #expect(line.y.contains(50) && line.y.contains(-50))
    #expect(zip(line.x, line.y).allSatisfy { values[Int($0)] == $1 })
  }
}

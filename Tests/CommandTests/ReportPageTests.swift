// The report of a run: complete, self-contained, and whole in a browser, wide and narrow.

import Foundation
import Testing

@testable import Experiments
@testable import mcmc_run

@Suite struct ReportPageTests {
  /// Where gnuplot and Chromium are: without them these tests are skipped, and say so.
  static let hasGnuplot: Bool = {
    (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
      .contains { FileManager.default.isExecutableFile(atPath: "\($0)/gnuplot") }
  }()
  static let canBrowse = hasGnuplot && Browser.installed != nil

  private static let widths = [1280, 400]

  /// Samples, makes the report, and returns its page.
  private func report(_ spec: String, using runner: ProgramRunner) throws -> URL {
    try runner.write(spec, to: "spec.json")
    try #require(try runner.run("sample", "spec.json", "--out", "run", "--quiet").status == 0)
    let result = try runner.run("report", "run")
    try #require(result.status == 0, "\(result.errors)")
    return URL(fileURLWithPath: runner.path("run/report/index.html"))
  }

  private static var gibbs: String {
    SpecText.with {
      $0.ensemble = SpecText.gibbs
      $0.sampler = #"{ "chains": 4, "warmup": 200, "draws": 1000, "seed": 7 }"#
      $0.record = #"{ "weights": 50 }"#
    }
  }

  private static let twoLayer = """
    {
      "name": "two-layer", "task": { "kind": "inputSelection", "contexts": 2 },
      "network": { "kind": "twoLayer", "neurons": 20, "activation": "tanh" },
      "ensemble": { "kind": "gibbs", "tightness": 10 }, "stimuli": { "kind": "sampled", "count": 16, "seed": 1 },
      "sampler": { "chains": 2, "warmup": 200, "draws": 300, "seed": 7 }, "record": { "weights": 100 }
    }
    """

  @Test(.enabled(if: hasGnuplot, "gnuplot is not on the PATH")) func everyFigureHasItsDataAndScript() throws {
    let runner = try ProgramRunner()
    let page = try String(contentsOf: report(Self.gibbs, using: runner), encoding: .utf8)
    #expect(!page.contains("<script") && page.firstMatch(of: #/(src|href)="https?:/#) == nil, "opens without a network")
    let names = ["readout", "populations", "neurons", "psychometric", "trace-lp", "trace-loss", "trace-readout-0-0"]
    for name in names {
      #expect(page.contains("<figure id=\"\(name)\">"))
      for ending in ["csv", "gp", "svg"] {
        #expect(runner.exists("run/report/figures/\(name).\(ending)"), "\(name).\(ending)")
      }
    }
    // Every number of the populations' picture is in its CSV.
    let csv = try String(contentsOfFile: runner.path("run/report/figures/populations.csv"), encoding: .utf8)
    let rows = csv.split(separator: "\n").dropFirst().map { $0.split(separator: ",", omittingEmptySubsequences: false) }
    #expect(rows.map { $0[1] } == ["00", "01", "10", "11"])
    #expect(abs(rows.map { Double($0[2]) ?? .nan }.reduce(0, +) - 1) < 1e-12)
  }

  @Test(.enabled(if: canBrowse, "gnuplot and Chromium are not both on the PATH"), arguments: ["gibbs", "twoLayer"])
  func thePageIsWholeInABrowser(model: String) throws {
    let runner = try ProgramRunner()
    let browser = try #require(Browser.installed)
    let page = try report(model == "gibbs" ? Self.gibbs : Self.twoLayer, using: runner)
    let text = try String(contentsOf: page, encoding: .utf8)
    for width in Self.widths {
      let (layout, screenshot) = try browser.layout(of: text, width: width, in: runner.url)
      #expect(layout.window == Double(width))
      #expect(layout.content <= layout.window, "nothing is wider than the window of \(width) pixels")
      #expect(layout.pictures.count >= 9)
      for picture in layout.pictures {
        #expect(picture.label.count > 20, "\(picture.name) has no words for those who cannot see it")
        #expect(
          picture.shapes > 4 && picture.across > 0.5 && picture.down > 0.5, "\(picture.name) is empty: \(picture)")
        #expect(picture.collisions == [], "\(picture.name), \(width) pixels")
      }
      #expect(screenshot.count > 20_000, "a page of one colour is smaller")
    }
  }

  private static let canPrint = canBrowse && Browser.textOfPDF != nil

  /// What a page shows, on paper: each cell of its tables, each setting, and where it comes from; nothing beyond an edge.
  private func expectWholeOnPaper(_ page: String, _ runner: ProgramRunner, _ what: String) throws {
    let words = try #require(Browser.installed).printed(page, in: runner.url)
    for word in words where !word.isWhole { Issue.record("\(what): \(word.text) is cut") }
    let paper = words.map(\.text).joined()
    func plain(_ html: Substring) -> String {
      String(html).replacing(#/<[^>]*>/#, with: "").replacing("&lt;", with: "<").replacing("&gt;", with: ">")
        .replacing("&quot;", with: "\"").replacing("&#39;", with: "'").replacing("&amp;", with: "&")
    }
    var cells = 0
    for match in page.matches(
      of: #/<(td|th|dd|dt|h1|h2|h3|figcaption)[^>]*>(.*?)<\/(td|th|dd|dt|h1|h2|h3|figcaption)>/#)
    {
      // A cell of several lines has other cells' words between its own.
      for word in plain(match.2).split(whereSeparator: \.isWhitespace) {
        cells += 1
        #expect(paper.contains(word), "\(what): \(word) is not on paper")
      }
    }
    #expect(cells > 40)
    let settings = try #require(page.firstMatch(of: #/(?s)<pre>(.*?)<\/pre>/#)).1
    for line in plain(settings).split(separator: "\n") {
      #expect(paper.contains(line.filter { !$0.isWhitespace }), "\(what): \(line) is not on paper")
    }
  }

  /// Two and a half pages of tables, and the twelve columns of a comparison.
  @Test(.enabled(if: canPrint, "gnuplot, Chromium and pdftotext are not all on the PATH"))
  func printingLosesNothing() throws {
    let runner = try ProgramRunner()
    let run = try String(contentsOf: report(Self.gibbs, using: runner), encoding: .utf8)
    try expectWholeOnPaper(run, runner, "run")
    for words in ["run id", "run made", "page made", "mcmc-run \(Version.current) (commit ", "GSL "] {
      #expect(run.contains(words), "the page does not say: \(words)")
    }
    #expect(run.contains("<dd>mcmc-run report run</dd>"))
    #expect(run.contains("<dd>mcmc-run sample spec.json --out run --quiet</dd>"))
    try runner.write(SpecText.with { $0.name = "study" }, to: "study.json")
    let compared = try runner.run(
      "compare", "study.json", "--contexts", "2,3", "--weight-scales", "1,3", "--networks", "4", "--out", "compared",
      "--quiet")
    try #require(compared.status <= 1, "\(compared.errors)")
    try #require(runner.run("report", "compared").status <= 1)
    let study = try String(contentsOfFile: runner.path("compared/report/index.html"), encoding: .utf8)
    try expectWholeOnPaper(study, runner, "study")
    #expect(study.contains("study id") && study.contains("<dd>mcmc-run report compared</dd>"))
  }

  /// The time on a page can be stated, so that it can be made again with the same bytes.
  @Test(.enabled(if: hasGnuplot, "gnuplot is not on the PATH")) func pagesCanBeMadeAgain() throws {
    let runner = try ProgramRunner()
    _ = try report(SpecText.with { _ in }, using: runner)
    let pages = try (0..<2).map { _ in
      let result = try runner.run("report", "run", environment: ["SOURCE_DATE_EPOCH": "1700000000"])
      try #require(result.status == 0)
      return try String(contentsOfFile: runner.path("run/report/index.html"), encoding: .utf8)
    }
    #expect(pages[0] == pages[1])
    #expect(pages[0].contains("<dd>2023-11-14T22:13:20Z</dd>"))
  }

  /// What the tests of layout would catch.
  @Test(.enabled(if: canBrowse, "gnuplot and Chromium are not both on the PATH"))
  func faultsOfAPageAreSeen() throws {
    let runner = try ProgramRunner()
    let browser = try #require(Browser.installed)
    func page(_ body: String) -> String {
      "<!DOCTYPE html><html><body style='margin:0'><figure id='f' style='margin:0'>\(body)</figure></body></html>"
    }
    let frame = "<svg viewBox='0 0 100 100' width='100%' aria-label='x'>"
    let (empty, _) = try browser.layout(
      of: page("\(frame)<rect width='100' height='100' fill='none'/></svg>"), width: 400, in: runner.url)
    #expect(empty.pictures.map(\.shapes) == [0])
    let (wide, _) = try browser.layout(of: page("<div style='width: 420px'>wide</div>"), width: 400, in: runner.url)
    #expect(wide.content > wide.window)
    let (touching, _) = try browser.layout(
      of: page("\(frame)<text x='10' y='50'>one</text><text x='14' y='50'>two</text></svg>"), width: 400,
      in: runner.url)
    #expect(touching.pictures.map(\.collisions) == [["one on two"]])
    let (outside, _) = try browser.layout(
      of: page("\(frame)<text x='95' y='50'>outside</text></svg>"), width: 400, in: runner.url)
    #expect(outside.pictures.map(\.collisions) == [["outside sticks out"]])
  }

  @Test func withoutGnuplotTheMessageSaysWhatToInstall() throws {
    let runner = try ProgramRunner()
    try runner.write(SpecText.with { $0.sampler = #"{ "chains": 1, "draws": 20, "seed": 7 }"# }, to: "spec.json")
    _ = try runner.run("sample", "spec.json", "--out", "run", "--quiet")
    let result = try runner.run("report", "run", environment: ["PATH": runner.folder])
    #expect(result.status == 74)
    #expect(try result.refusal().contains("gnuplot is not on the PATH; install it"))
  }
}

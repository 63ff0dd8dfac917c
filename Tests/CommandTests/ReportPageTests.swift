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
    let chains = page.matches(of: #/<figure id="(chains-[^"]*)">/#).map { String($0.1) }
    #expect(chains.count == 4, "two observables for their R-hat, and two for their ESS")
    let names =
      ["readout", "readout-entries", "populations", "neurons", "psychometric", "checks", "distributions"] + chains
    for name in names {
      #expect(page.contains("<figure id=\"\(name)\">"))
      for ending in [".csv", ".gp", ".svg", "-narrow.svg"] {
        #expect(runner.exists("run/report/figures/\(name)\(ending)"), "\(name)\(ending)")
      }
    }
    // Every number of the populations' picture is in its CSV.
    let csv = try String(contentsOfFile: runner.path("run/report/figures/populations.csv"), encoding: .utf8)
    let rows = csv.split(separator: "\n").dropFirst().map { $0.split(separator: ",", omittingEmptySubsequences: false) }
    #expect(rows.map { $0[1] } == ["00", "01", "10", "11"])
    #expect(abs(rows.map { Double($0[2]) ?? .nan }.reduce(0, +) - 1) < 1e-12)
  }

  /// A page is whole at every width: nothing sticks out, and each picture has all its panels, words large enough, and a key beside its data.
  private func expectWhole(_ page: String, _ what: String, pictures: Int, in folder: URL) throws {
    let browser = try #require(Browser.installed)
    for width in Self.widths {
      let (layout, screenshot) = try browser.layout(of: page, width: width, in: folder)
      #expect(layout.window == Double(width))
      #expect(layout.content <= layout.window, "\(what): nothing is wider than the window of \(width) pixels")
      #expect(layout.pictures.count >= pictures, "\(what): \(layout.pictures.map(\.name))")
      for picture in layout.pictures {
        let place = "\(what): \(picture.name), \(width) pixels"
        #expect(picture.kind == (width == 400 ? "narrow" : "wide"), "\(place)")
        #expect(picture.label.count > 20, "\(place) has no words for those who cannot see it")
        #expect(picture.shapes > 4 && picture.across > 0.5 && picture.down > 0.4, "\(place) is empty: \(picture)")
        #expect(picture.panels > 0 && picture.filled == picture.panels, "\(place) has an empty panel")
        #expect(picture.collisions == [], "\(place)")
        #expect(picture.covered == [], "\(place): the key lies over data")
        #expect(picture.smallestText >= 9, "\(place)")
      }
      #expect(screenshot.count > 20_000, "a page of one colour is smaller")
    }
  }

  @Test(.enabled(if: canBrowse, "gnuplot and Chromium are not both on the PATH"), arguments: ["gibbs", "twoLayer"])
  func thePageIsWholeInABrowser(model: String) throws {
    let runner = try ProgramRunner()
    let page = try report(model == "gibbs" ? Self.gibbs : Self.twoLayer, using: runner)
    try expectWhole(
      String(contentsOf: page, encoding: .utf8), model, pictures: model == "gibbs" ? 11 : 5, in: runner.url)
  }

  /// Runs at the edge of what there is: what each page must say, and must not have a figure of.
  private static let edges: [(name: String, spec: String, says: [String], figures: [String], without: [String])] = [
    (
      "trajectories",
      SpecText.with {
        $0.ensemble = SpecText.gibbs
        $0.sampler = #"{ "kind": "hmc", "chains": 4, "warmup": 100, "draws": 200, "seed": 7 }"#
        $0.record = #"{ "weights": 2 }"#
      }, ["E-BFMI is the ratio"], ["energies", "checks", "neurons"], []
    ),
    (
      "product", SpecText.with { $0.sampler = #"{ "chains": 2, "draws": 300, "seed": 7 }"# },
      ["the exact law of the entry at this N"], ["distributions"], ["energies"]
    ),
    (
      "one context",
      SpecText.with {
        $0.task = #"{ "kind": "inputSelection", "contexts": 1 }"#
        $0.ensemble = SpecText.gibbs
        $0.sampler = #"{ "chains": 2, "warmup": 50, "draws": 200, "seed": 7 }"#
        $0.record = #"{ "weights": 2 }"#
      }, [], ["readout", "populations"], []
    ),
    (
      "deep",
      """
      {
        "name": "deep", "task": { "kind": "inputSelection", "contexts": 2 },
        "network": { "kind": "deep", "widths": [6, 5], "activation": "tanh" },
        "ensemble": { "kind": "gibbs", "tightness": 10 }, "stimuli": { "kind": "sampled", "count": 16, "seed": 1 },
        "sampler": { "chains": 2, "warmup": 50, "draws": 100, "seed": 7 }, "record": { "weights": 10 }
      }
      """, ["none were looked for"], ["distributions"], ["neurons"]
    ),
    (
      "recurrent",
      """
      { "task": { "kind": "flipFlop", "bits": 1, "steps": 8, "trials": 6 },
        "network": { "kind": "recurrent", "neurons": 8, "activation": "tanh" },
        "ensemble": { "kind": "gibbs", "tightness": 100 }, "record": { "weights": 6 },
        "sampler": { "chains": 2, "warmup": 50, "draws": 60, "seed": 7 } }
      """,
      [
        "Share of neurons that are active in these contexts", "effective rank of J",
        "6 pairs of networks, neurons matched",
      ],
      ["trials", "trajectories", "spectrum"], ["populations"]
    ),
    (
      "one chain",
      SpecText.with {
        $0.sampler = #"{ "chains": 1, "draws": 200, "seed": 7 }"#
        $0.record = #"{ "weights": 2 }"#
      }, ["a single chain is compared with nothing"], ["distributions"], []
    ),
    (
      "few draws",
      SpecText.with {
        $0.sampler = #"{ "chains": 2, "draws": 3, "seed": 7 }"#
        $0.record = #"{ "weights": 1 }"#
      }, ["No figures of chains"], ["readout"], ["chains-lp", "chains-loss"]
    ),
    (
      "frozen",
      """
      { "task": { "kind": "inputSelection", "contexts": 4 }, "network": { "kind": "gainModulatedLinear", "neurons": 8 },
        "ensemble": { "kind": "gibbs", "tightness": 1e6 }, "record": { "weights": 0 },
        "sampler": { "kind": "hmc", "draws": 60, "warmup": 30, "chains": 3, "seed": 1 } }
      """, ["none were looked for"], ["readout"], ["neurons"]
    ),
    (
      "twenty contexts",
      """
      { "task": { "kind": "inputSelection", "contexts": 20 }, "network": { "kind": "gainModulatedLinear", "neurons": 30 },
        "ensemble": { "kind": "gibbs", "tightness": 10 }, "record": { "weights": 1 },
        "sampler": { "kind": "hmc", "draws": 40, "warmup": 30, "chains": 2, "seed": 1 } }
      """, ["of so many contexts that takes minutes"], ["readout", "readout-entries", "neurons"], []
    ),
  ]

  @Test(.enabled(if: canBrowse, "gnuplot and Chromium are not both on the PATH"), arguments: edges.indices)
  func pagesAtTheEdgeAreWhole(_ index: Int) throws {
    let edge = Self.edges[index]
    let runner = try ProgramRunner()
    let page = try String(contentsOf: report(edge.spec, using: runner), encoding: .utf8)
    for words in edge.says { #expect(page.contains(words), "\(edge.name) does not say: \(words)") }
    for name in edge.figures { #expect(page.contains("<figure id=\"\(name)\">"), "\(edge.name) has no \(name)") }
    for name in edge.without { #expect(!page.contains("<figure id=\"\(name)\">"), "\(edge.name) has \(name)") }
    try expectWhole(page, edge.name, pictures: edge.figures.count, in: runner.url)
  }

  /// Networks that nobody drew have no chains, and a study's pictures are those of its points.
  @Test(.enabled(if: canBrowse, "gnuplot and Chromium are not both on the PATH"))
  func pagesOfImportedNetworksAndStudiesAreWhole() throws {
    let runner = try ProgramRunner()
    let spec = SpecText.with {
      $0.sampler = #"{ "chains": 1, "draws": 30, "seed": 7 }"#
      $0.record = #"{ "weights": 8 }"#
    }
    try runner.write(spec, to: "spec.json")
    try #require(runner.run("sample", "spec.json", "--out", "run", "--quiet").status == 0)
    try #require(runner.run("export", "run", "--format", "npy", "--networks", "--out", "arrays").status == 0)
    let imported = try runner.run(
      "import", "arrays/networks", "--spec", "spec.json", "--scaling", "meanField", "--out", "back", "--map",
      "output=output_weight[0]", "--map", "input=input_weights[0].mT", "--map", "gain=gain[0].mT")
    try #require(imported.status == 0, "\(imported.errors)")
    try #require(runner.run("report", "back").status == 0)
    let page = try String(contentsOfFile: runner.path("back/report/index.html"), encoding: .utf8)
    #expect(!page.contains("<figure id=\"chains-") && !page.contains("<figure id=\"checks\">"))
    try expectWhole(page, "imported", pictures: 3, in: runner.url)

    let study = try runner.run(
      "finite-size", "spec.json", "--neurons", "10,20,40", "--draws", "60", "--out", "study", "--quiet")
    try #require(study.status <= 1, "\(study.errors)")
    try #require(runner.run("report", "study").status <= 1)
    let sizes = try String(contentsOfFile: runner.path("study/report/index.html"), encoding: .utf8)
    #expect(sizes.contains("in standard errors (SE)"))
    try expectWhole(sizes, "study", pictures: 3, in: runner.url)
  }

  /// Every figure for a paper and for a talk, in the sizes that are promised.
  @Test(.enabled(if: hasGnuplot, "gnuplot is not on the PATH")) func figuresAreDrawnForPapersAndTalks() throws {
    let runner = try ProgramRunner()
    try runner.write(
      SpecText.with {
        $0.sampler = #"{ "chains": 1, "draws": 20, "seed": 7 }"#
        $0.record = #"{ "weights": 1 }"#
      }, to: "spec.json")
    _ = try runner.run("sample", "spec.json", "--out", "run", "--quiet")
    let result = try runner.run("report", "run", "--figures", "pdf,png")
    try #require(result.status == 0, "\(result.errors)")
    let page = try String(contentsOfFile: runner.path("run/report/index.html"), encoding: .utf8)
    let figures = page.matches(of: #/<figure id="([^"]*)">/#).map { String($0.1) }
    #expect(figures.count > 3)
    /// The width and height at a place of a PNG's header.
    func size(_ file: String) throws -> (Int, Int) {
      let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: runner.path("run/report/figures/\(file)"))))
      try #require(bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]), "\(file)")
      func number(_ at: Int) -> Int { bytes[at..<at + 4].reduce(0) { $0 << 8 | Int($1) } }
      return (number(16), number(20))
    }
    for name in figures {
      #expect(try size("\(name)-slide.png") == (1600, 900), "\(name)")
      #expect(try size("\(name)-column.png").0 == 1004, "\(name): 85 mm at 300 dots an inch")
      for medium in ["column", "slide"] {
        let file = "\(name)-\(medium).pdf"
        #expect(page.contains("href=\"figures/\(file)\""))
        let data = try Data(contentsOf: URL(fileURLWithPath: runner.path("run/report/figures/\(file)")))
        #expect(data.starts(with: Data("%PDF".utf8)), "\(file)")
      }
    }
    let refused = try runner.run("report", "run", "--figures", "gif")
    #expect(refused.status == 64)
    #expect(try refused.refusal().contains("pdf, png or pdf,png"))
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
    // Text that the picture's scale makes small: 2 of 100 units on 400 pixels.
    let (small, _) = try browser.layout(
      of: page("\(frame)<text x='10' y='50' font-size='2'>small</text></svg>"), width: 400, in: runner.url)
    #expect(small.pictures.map(\.smallestText) == [8])
    // Two panels, of which one has its axes only.
    let panels = "<svg viewBox='0 0 100 100' width='100%' data-panels='2'><path d='M0,90 h90'/>"
    let plot = "<g class='plot panel-0'><path d='M10,10 L40,40'/></g>"
    let (half, _) = try browser.layout(of: page("\(panels)\(plot)</svg>"), width: 400, in: runner.url)
    #expect(half.pictures.map(\.panels) == [2] && half.pictures.map(\.filled) == [1])
    // The sample of a key over data, and its words over data.
    for (x, covers) in [(20, true), (2, true), (60, false)] {
      let key =
        "<g class='key'><title>key: a</title><path d='M\(x),30 h6'/></g><text x='\(x + 8)' y='32' font-size='5'>a name</text>"
      let (covered, _) = try browser.layout(of: page("\(panels)\(plot)\(key)</svg>"), width: 400, in: runner.url)
      #expect(covered.pictures.map(\.covered) == [covers ? ["key: a"] : []], "at \(x)")
    }
    // A wide drawing that is hidden is not looked at.
    let (hidden, _) = try browser.layout(
      of: page("<svg class='wide' style='display:none'></svg>\(frame)</svg>"), width: 400, in: runner.url)
    #expect(hidden.pictures.count == 1)
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

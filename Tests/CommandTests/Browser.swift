// A headless Chromium that lays a page out and says what came of it.

import Foundation
import Testing

/// What a page looks like to the browser at one window width.
struct PageLayout: Decodable {
  /// The width of the window, in CSS pixels.
  let window: Double
  /// The width that the page needs.
  let content: Double
  /// Every picture of the page that is shown at this width.
  let pictures: [Picture]

  struct Picture: Decodable {
    /// The id of its figure.
    let name: String
    let label: String
    /// The share of the picture's width and height that is painted on.
    let across: Double
    let down: Double
    /// Painted shapes that are no text, invisible or a plain background.
    let shapes: Int
    /// Labels that lie over one another, or stick out of the picture.
    let collisions: [String]
    /// Whether it is the wide drawing or the narrow one.
    let kind: String
    /// How many panels it should have, and how many have anything in them.
    let panels: Int
    let filled: Int
    /// The height of the smallest text as it is laid out, in CSS pixels.
    let smallestText: Double
    /// Entries of the key that lie over data.
    let covered: [String]
  }
}

/// The browser that pages are tried in.
struct Browser {
  let executable: String

  /// Nil where there is no Chromium on the PATH; `make test` installs one where it may.
  static let installed: Browser? = {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    let names = ["chromium", "chromium-browser", "google-chrome"]
    return names.lazy.flatMap { name in folders.lazy.map { "\($0)/\(name)" } }
      .first(where: FileManager.default.isExecutableFile).map(Browser.init)
  }()

  /// Lays out the page in a frame of `width` and reports it, with a picture of it as PNG.
  ///
  /// A frame, because the browser has no windows narrower than 500 pixels.
  func layout(of page: String, width: Int, in folder: URL) throws -> (PageLayout, screenshot: Data) {
    let copy = folder.appendingPathComponent("page.html")
    try page.replacing("</body>", with: "<script>\(Self.measurement)</script></body>")
      .write(to: copy, atomically: true, encoding: .utf8)
    let frame = folder.appendingPathComponent("frame.html")
    try """
    <!DOCTYPE html><html><body style="margin: 0"><script>
    addEventListener("message", message => {
      const result = document.createElement("pre");
      result.id = "layout";
      result.textContent = message.data;
      document.body.append(result);
    });
    </script><iframe src="page.html" style="border: 0; width: \(width)px; height: 2000px"></iframe></body></html>
    """.write(to: frame, atomically: true, encoding: .utf8)
    let dom = try run(["--dump-dom", frame.absoluteString], width: width, in: folder)
    let begin = try #require(dom.firstRange(of: "<pre id=\"layout\">"), "the browser did not run the page")
    let end = try #require(dom[begin.upperBound...].firstRange(of: "</pre>"))
    let text = dom[begin.upperBound..<end.lowerBound].replacing("&amp;", with: "&").replacing("&lt;", with: "<")
      .replacing("&gt;", with: ">")
    let picture = folder.appendingPathComponent("screenshot.png")
    _ = try run(["--screenshot=\(picture.path)", frame.absoluteString], width: width, in: folder)
    return (try JSONDecoder().decode(PageLayout.self, from: Data(text.utf8)), try Data(contentsOf: picture))
  }

  /// A word on paper.
  struct PrintedWord {
    let text: String
    /// Whether all of it is on its page.
    let isWhole: Bool
  }

  /// Where `pdftotext` is; `make test` installs it where it may.
  static let textOfPDF: String? = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    .map { "\($0)/pdftotext" }.first(where: FileManager.default.isExecutableFile)

  /// Prints a page and returns every word that is on paper, in order.
  func printed(_ page: String, in folder: URL) throws -> [PrintedWord] {
    let copy = folder.appendingPathComponent("printed.html")
    try page.write(to: copy, atomically: true, encoding: .utf8)
    let paper = folder.appendingPathComponent("printed.pdf")
    _ = try run(
      ["--no-pdf-header-footer", "--print-to-pdf=\(paper.path)", copy.absoluteString], width: 1280, in: folder)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try #require(Self.textOfPDF))
    process.arguments = ["-bbox", paper.path, "-"]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    var (width, height) = (0.0, 0.0)
    var words: [PrintedWord] = []
    for line in text.split(separator: "\n") {
      if let match = line.firstMatch(of: #/<page width="([\d.]+)" height="([\d.]+)"/#) {
        (width, height) = (Double(match.1) ?? 0, Double(match.2) ?? 0)
      } else if let match = line.firstMatch(
        of: #/<word xMin="([-\d.]+)" yMin="([-\d.]+)" xMax="([-\d.]+)" yMax="([-\d.]+)">(.*)<\/word>/#)
      {
        let isWhole =
          (Double(match.1) ?? -1) >= 0 && (Double(match.2) ?? -1) >= 0 && (Double(match.3) ?? .infinity) <= width
          && (Double(match.4) ?? .infinity) <= height
        let word = match.5.replacing("&lt;", with: "<").replacing("&gt;", with: ">").replacing("&quot;", with: "\"")
          .replacing("&apos;", with: "'").replacing("&#39;", with: "'").replacing("&amp;", with: "&")
        words.append(PrintedWord(text: String(word), isWhole: isWhole))
      }
    }
    return words
  }

  private func run(_ arguments: [String], width: Int, in folder: URL) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: executable)
    process.arguments =
      [
        "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
        "--user-data-dir=\(folder.appendingPathComponent("browser").path)", "--window-size=\(max(width, 500)),2000",
        "--virtual-time-budget=5000",
      ] + arguments
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    try #require(process.terminationStatus == 0, "the browser failed")
    return text
  }

  /// Measures the page from inside: widths, what every picture paints, labels that touch.
  private static let measurement = """
    const shapesOf = "path, polyline, polygon, circle, rect, use, image, line";
    const pictures = [...document.querySelectorAll("figure svg")].filter(svg => svg.getBoundingClientRect().width > 0).map(svg => {
      const box = svg.getBoundingClientRect();
      const scale = box.width / svg.viewBox.baseVal.width;
      const painted = [...svg.querySelectorAll(shapesOf)].filter(e => {
        const b = e.getBoundingClientRect();
        return !e.closest("defs") && b.width + b.height > 0 && !(b.width > 0.97 * box.width && b.height > 0.97 * box.height);
      });
      const boxes = painted.map(e => e.getBoundingClientRect());
      const extent = (low, high, size) => boxes.length
        ? (Math.max(...boxes.map(b => b[high])) - Math.min(...boxes.map(b => b[low]))) / size : 0;
      const texts = [...svg.querySelectorAll("text")].filter(e => e.textContent.trim())
        .map(e => ({ element: e, text: e.textContent.trim(), box: e.getBoundingClientRect() }));
      const collisions = [];
      texts.forEach((a, i) => {
        if (a.box.left < box.left - 1 || a.box.right > box.right + 1) collisions.push(a.text + " sticks out");
        texts.slice(i + 1).forEach(b => {
          const wide = Math.min(a.box.right, b.box.right) - Math.max(a.box.left, b.box.left);
          const high = Math.min(a.box.bottom, b.box.bottom) - Math.max(a.box.top, b.box.top);
          if (wide > 1 && high > 0.4 * Math.min(a.box.height, b.box.height)) collisions.push(a.text + " on " + b.text);
        });
      });
      const sizes = texts.map(t => parseFloat(getComputedStyle(t.element).fontSize) * scale);
      const boxesOf = selector => [...svg.querySelectorAll(selector)].flatMap(group =>
        [...group.querySelectorAll(shapesOf)].map(e => e.getBoundingClientRect()).filter(b => b.width + b.height > 0));
      const panels = Number(svg.dataset.panels || 0);
      const filled = [...Array(panels).keys()].filter(p => boxesOf(".plot.panel-" + p).length > 0).length;
      const data = boxesOf(".plot");
      const covered = [];
      svg.querySelectorAll(".key").forEach(group => {
        const samples = [...group.querySelectorAll(shapesOf)].map(e => e.getBoundingClientRect());
        // A sample's words begin right of it, on its line.
        const words = texts.filter(t => samples.some(b =>
          t.box.left >= b.right - 1 && t.box.left < b.right + 30 * scale && t.box.top < b.bottom + 2 && t.box.bottom > b.top - 2));
        const entries = samples.concat(words.map(t => t.box));
        if (entries.some(a => data.some(b => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1
            && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1)))
          covered.push(group.querySelector("title").textContent);
      });
      return { kind: svg.getAttribute("class") || "", panels, filled, covered,
        smallestText: sizes.length ? Math.min(...sizes) : 99, name: svg.closest("figure").id, label: svg.getAttribute("aria-label") || "",
        across: extent("left", "right", box.width), down: extent("top", "bottom", box.height), shapes: painted.length, collisions };
    });
    parent.postMessage(JSON.stringify(
      { window: window.innerWidth, content: document.documentElement.scrollWidth, pictures }), "*");
    """
}

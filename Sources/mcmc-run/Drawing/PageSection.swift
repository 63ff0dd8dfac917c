// The sections of a page and its table of contents.

/// A part of a page under a heading.
struct PageSection {
  /// The anchor that the table of contents leads to.
  let id: String
  let heading: String
  let html: String

  init(_ id: String, _ heading: String, _ html: String) {
    self.id = id
    self.heading = heading
    self.html = html
  }

  /// The sections below a table of contents; those without content are left out.
  static func html(_ sections: [PageSection]) -> String {
    let filled = sections.filter { !$0.html.isEmpty }
    var html = ""
    if filled.count > 2 {
      html += "<nav aria-label=\"Contents\"><ul>\n"
      for section in filled { html += "<li><a href=\"#\(section.id)\">\(HTML.escaped(section.heading))</a></li>\n" }
      html += "</ul></nav>\n"
    }
    for section in filled {
      html += "<section id=\"\(section.id)\">\n<h2>\(HTML.escaped(section.heading))</h2>\n\(section.html)\n</section>\n"
    }
    return html
  }
}

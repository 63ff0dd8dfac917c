// The version stands in one line of Swift, and whatever else states it says the same.

import Foundation
import Testing

@testable import Experiments
@testable import mcmc_run

@Suite struct VersionTests {
  /// What states the version, and the text in which it does so.
  private static let places: [(file: String, text: String)] = [
    ("CITATION.cff", "\nversion: \(Version.current)\ndate-released: \"\(Version.date)\"\n"),
    ("CHANGELOG.md", "\n\n## \(Version.current) (\(Version.date))\n"),
    ("debian/changelog", "mcmc-run (\(Version.current)) "),
    ("python/src/mcmc_run/_version.py", "\n__version__ = \"\(Version.current)\"\n"),
    ("docs/python.md", "mcmc_run-\(Version.current)-py3-none"),
  ]

  @Test(arguments: places.indices) func allStateTheSameVersion(_ index: Int) throws {
    let place = Self.places[index]
    #expect(try DocumentationTests.text(place.file).contains(place.text), "\(place.file) states another version")
  }

  /// The newest change is the first, in both lists of changes.
  @Test func changesBeginWithThisVersion() throws {
    #expect(try DocumentationTests.text("debian/changelog").hasPrefix("mcmc-run (\(Version.current)) "))
    let changes = try DocumentationTests.text("CHANGELOG.md")
    #expect(changes.split(separator: "\n").first { $0.hasPrefix("## ") } == "## \(Version.current) (\(Version.date))")
  }

  @Test func theProgramSaysIt() throws {
    let result = try ProgramRunner().run("--version")
    #expect(result.status == 0 && result.output == "mcmc-run \(Version.current)\n")
  }

  /// Three numbers, and nothing that a package manager would read in another way.
  @Test func itIsAVersion() {
    #expect(Version.current.wholeMatch(of: /[0-9]+\.[0-9]+\.[0-9]+/) != nil)
    #expect(Version.date.wholeMatch(of: /20[0-9]{2}-[01][0-9]-[0-3][0-9]/) != nil)
  }

  /// Every file that names the licence names the same.
  @Test(arguments: [
    "LICENSE", "Package.swift", "python/pyproject.toml", "CITATION.cff", "debian/copyright", "README.md",
  ])
  func theLicenceIsNamed(_ file: String) throws {
    #expect(try DocumentationTests.text(file).contains("GPL-3.0-or-later"))
  }
}

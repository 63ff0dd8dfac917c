// Which version of the package this is.

/// The version that runs, studies and pages name as their origin.
package enum Version {
  ///
  /// Everything else that states it is checked against this line by a test: CITATION.cff, CHANGELOG.md, debian/changelog, the Python package.
  package static let current = "0.2.0"
  /// When that version was made.
  package static let date = "2026-11-29"
  /// The commit that was built.
  package static let commit = BuildInfo.commit
}

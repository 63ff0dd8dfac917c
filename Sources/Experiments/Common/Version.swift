// Which version of the package this is.

/// The version that runs, studies and pages name as their origin.
package enum Version {
  package static let current = "0.1.0"
  /// The commit that was built.
  package static let commit = BuildInfo.commit
}

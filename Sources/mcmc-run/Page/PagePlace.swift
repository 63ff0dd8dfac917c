// A folder of the user's own for a page and its figures.

import Storage

/// Where pages go.
enum PagePlace {
  /// The page in a folder.
  static func file(in folder: String) -> String { "\(folder)/index.html" }

  /// Refuses a folder with a page or figures that this program did not make.
  ///
  /// - Throws: ``StorageError``.
  static func requireOwn(_ folder: String) throws {
    let file = file(in: folder)
    let page = try Posix.exists(file) ? Posix.head(of: file) : Data()
    let isOwn = String(decoding: page.prefix(1000), as: UTF8.self).contains(HTML.mark)
    let figures = "\(folder)/\(HTML.figuresFolder)"
    for path in [file, figures] where !isOwn {
      guard try !Posix.exists(path) else {
        throw StorageError.exists(
          path: path, reason: "is there already and is not of this program's making; choose another folder")
      }
    }
  }
}

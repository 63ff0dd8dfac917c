// Writes the commit that is being built into a Swift file, for `run.json`.

import Foundation
import PackagePlugin

/// Generates `BuildInfo.swift` before every build; the file changes only when the commit does.
@main
struct BuildInfo: BuildToolPlugin {
  func createBuildCommands(context: PluginContext, target: Target) throws -> [Command] {
    let folder = context.pluginWorkDirectoryURL.appendingPathComponent("generated")
    let script = """
      commit=$(git -C "$1" describe --always --dirty --abbrev=40 --exclude '*' 2>/dev/null || echo unknown)
      mkdir -p "$2"
      printf '// Made by the BuildInfo plugin.\\n\\nenum BuildInfo {\\n  static let commit = "%s"\\n}\\n' "$commit" > "$2/new"
      if cmp -s "$2/new" "$2/BuildInfo.swift"; then rm "$2/new"; else mv "$2/new" "$2/BuildInfo.swift"; fi
      """
    return [
      .prebuildCommand(
        displayName: "Writing the commit into BuildInfo.swift", executable: URL(fileURLWithPath: "/bin/sh"),
        arguments: ["-c", script, "sh", context.package.directoryURL.path, folder.path], outputFilesDirectory: folder)
    ]
  }
}

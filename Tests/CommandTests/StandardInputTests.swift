// An experiment that comes through a pipe.

import Foundation
import Testing

@testable import Experiments

@Suite struct StandardInputTests {
  /// Wherever an experiment is taken; its name, its run and its digest are those of a file of that name.
  @Test func dashIsStandardInput() throws {
    let runner = try ProgramRunner()
    try runner.write(SpecText.with { $0.name = "piped" }, to: "spec.json")
    let result = try runner.shell(
      """
      set -e
      "$program" sample - --quiet < spec.json
      cat spec.json | "$program" sample spec.json --quiet --out other
      test "$("$program" digest chains/piped)" = "$("$program" digest other)"
      "$program" solve - --json < spec.json | grep -q readout
      "$program" diagnose - --json < spec.json | grep -q observables
      "$program" schema - < spec.json
      """)
    #expect(result.status == 0, "\(result.text)")
    #expect(result.lines.last == "-: is an experiment")
  }

  /// Relative paths start in the working directory; an experiment without a name is called by where it came from.
  @Test func pathsStartInTheWorkingDirectory() throws {
    let runner = try ProgramRunner()
    try FileManager.default.createDirectory(atPath: runner.path("here"), withIntermediateDirectories: true)
    try runner.write("1,0\n0,1\n", to: "here/gains.csv")
    let spec = #"""
      {"task": {"kind": "inputSelection", "contexts": 2}, "network": {"kind": "gainModulatedLinear", "neurons": 2, "gains": {"kind": "fixed", "path": "gains.csv"}}}
      """#
    try runner.write(spec, to: "spec.json")
    let found = try runner.shell(
      #"cd here && "$program" sample - --quiet --draws 5 --chains 1 < ../spec.json > /dev/null && ls chains"#)
    #expect(found.status == 0 && found.lines == ["standard-input"], "\(found.text)")
    let missing = try runner.shell(#""$program" solve - < spec.json"#)
    #expect(missing.status == 65 && missing.text.contains("standard input:") && missing.text.contains("gains.csv"))
  }

  /// What is no experiment is refused with its place, and so is nothing at all.
  @Test func badInputIsRefused() throws {
    let runner = try ProgramRunner()
    let bad = try runner.shell(#"printf '{\n "task": 3 }' | "$program" solve -"#)
    #expect(bad.status == 65 && bad.text.contains("standard input:2:10: task: found 3"), "\(bad.text)")
    for script in [#""$program" solve - < /dev/null"#, #""$program" solve - <&-"#, #""$program" solve - < ."#] {
      let result = try runner.shell(script)
      #expect(result.status == 65 && result.lines.count == 1, "\(script): \(result.text)")
    }
    // A file of that name has a path.
    try runner.write(SpecText().text, to: "-")
    #expect(try runner.run("solve", "./-").status == 0)
  }
}

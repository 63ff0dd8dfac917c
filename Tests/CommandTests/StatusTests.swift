// What `status` says of runs and studies, whatever has become of them.

import Foundation
import Testing

@testable import Experiments
@testable import mcmc_run

@Suite struct StatusTests {
  /// A long run on slow chains, so that there is time to look on.
  private static let slow = SpecText.with {
    $0.name = "slow"
    $0.ensemble = SpecText.gibbs
    $0.sampler = #"{ "chains": 2, "warmup": 50, "draws": 1000000, "seed": 7 }"#
    $0.record = #"{ "weights": 0 }"#
  }

  private func status(_ runner: ProgramRunner, _ arguments: String...) throws -> JSONTree {
    let result = try runner.run(["status", "--json"] + arguments)
    #expect(result.status == 0, "\(result.errors)")
    return try result.json()["folders"]
  }

  @Test func aFinishedRunIsComplete() throws {
    let runner = try ProgramRunner()
    try runner.write(SpecText().text, to: "spec.json")
    #expect(try runner.run("sample", "spec.json").status == 0)
    let before = runner.listing()
    let run = try status(runner)[0]
    #expect(run["state"].string == "complete" && run["kind"].string == "run" && run["path"].string == "chains/small")
    #expect(run["draws"].number == 40 && run["of"].number == 40 && run["chains"].number == 2)
    #expect(run["lastWritten"].string != nil && run["secondsLeft"].isNull && run["drawsPerSecond"].number > 0)
    #expect(runner.listing() == before, "nothing is written")
    let judged = try runner.run("status", "chains/small", "--diagnose", "--json").json()["folders"][0]
    let report = try runner.run("diagnose", "chains/small", "--json").json()
    #expect(judged["smallestESS"].number == report["minEssBulk"].number || report["minEssBulk"].number.isNaN)
    #expect(judged["worstRHat"].number > 0.9)
  }

  @Test func aRunIsLookedAtWhileItIsWrittenAndAfterItIsKilled() throws {
    let runner = try ProgramRunner()
    try runner.write(Self.slow, to: "spec.json")
    var states: [String] = []
    var draws: [Double] = []
    let killed = try runner.run(
      ["sample", "spec.json", "--segment-seconds", "0.02", "--quiet"], timeLimit: 60, signal: SIGKILL
    ) {
      guard runner.exists("chains/slow/chain-0001"),
        let run = try? runner.run("status", "chains", "--json").json()["folders"][0]
      else { return false }
      states.append(run["state"].string ?? "?")
      draws.append(run["draws"].number)
      return states.count == 20
    }
    #expect(killed.status == 128 + SIGKILL)
    #expect(states.allSatisfy { $0 == "running" } && states.count == 20, "\(states)")
    #expect(draws == draws.sorted() && draws.last! > 0, "\(draws)")
    let run = try status(runner, "chains/slow")[0]
    #expect(run["state"].string == "stopped" && run["remark"].string == "killed" && run["of"].number == 2_000_000)
    #expect(run["draws"].number >= draws.last!)
  }

  @Test func stoppedAndDamagedRuns() throws {
    let runner = try ProgramRunner()
    try runner.write(Self.slow, to: "spec.json")
    let stopped = try runner.run("sample", "spec.json", "--segment-seconds", "0.05") {
      runner.files("chains/slow/chain-0000").contains { $0.hasPrefix("draws-") }
    }
    #expect(stopped.status == 75)
    var run = try status(runner, "chains/slow/")[0]
    #expect(run["state"].string == "stopped" && run["remark"].string == "signal 2")
    let segment = try #require(runner.files("chains/slow/chain-0000").filter { $0.hasPrefix("draws-") }.max())
    try runner.write("not a segment", to: "chains/slow/chain-0000/\(segment)")
    run = try status(runner, "chains/slow")[0]
    #expect(run["state"].string == "damaged" && run["remark"].string?.contains(segment) == true)
    try runner.write("{}", to: "chains/slow/run.json")
    let other = try runner.run("status", "chains/slow", "--json")
    #expect(other.status == 65 && other.errors.contains("chains/slow"))
  }

  /// What is no run is named, and the others are told.
  @Test func whatIsNoRunIsNamed() throws {
    let runner = try ProgramRunner()
    try runner.write(SpecText().text, to: "spec.json")
    #expect(try runner.run("status").refusal().hasPrefix("chains: there is no such folder"))
    #expect(try runner.run("sample", "spec.json").status == 0)
    try FileManager.default.createDirectory(atPath: runner.path("empty"), withIntermediateDirectories: true)
    let result = try runner.run("status", "empty", "chains/small", "spec.json", "--json")
    #expect(result.status == 65)
    let json = try result.json()
    #expect(json["folders"].array.count == 1 && json["folders"][0]["state"].string == "complete")
    #expect(json["error"]["message"].string?.contains("empty: there is no run") == true)
    #expect(result.errors.contains("spec.json: it is no folder"))
    let table = try FormatReaders.csv(try runner.run("status", "chains", "--format", "csv").output)[0]
    #expect(table[1].prefix(5) == ["chains/small", "complete", "40", "40", "draws"])
  }

  @Test func studiesTellTheirParts() throws {
    let runner = try ProgramRunner()
    try runner.write(Self.slow.replacing("1000000", with: "300"), to: "spec.json")
    var seen: [JSONTree] = []
    let arguments = ["finite-size", "spec.json", "--neurons", "5,10,400", "--draws", "3000", "--quiet"]
    let killed = try runner.run(arguments, timeLimit: 80, signal: SIGKILL) {
      guard runner.files("chains/slow-finite-size/parts").contains(".running-N400"),
        let study = try? runner.run("status", "--json").json()["folders"][0]
      else { return false }
      seen.append(study)
      return seen.count == 3
    }
    #expect(killed.status == 128 + SIGKILL)
    let study = try #require(seen.last)
    #expect(study["kind"].string == "study" && study["study"].string == "finite-size")
    #expect(study["state"].string == "running" && study["running"][0].string == "N400")
    #expect(study["partsDone"].number == 2 && study["parts"].number == 3 && study["secondsLeft"].number > 0)
    let after = try status(runner)[0]
    #expect(after["state"].string == "stopped" && after["running"].array.isEmpty && after["partsDone"].number == 2)
    let again = try runner.run("finite-size", "spec.json", "--neurons", "5,10,20", "--draws", "40", "--force")
    #expect([0, 1].contains(again.status), "\(again.errors)")
    let done = try status(runner)[0]
    #expect(done["state"].string == "complete" && done["partsDone"].number == 3 && done["parts"].number == 3)
    #expect(!runner.files("chains/slow-finite-size/parts").contains { $0.hasPrefix(".") })
  }
}

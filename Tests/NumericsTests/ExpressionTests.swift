// Expressions: values, precedence, places of faults, and texts that nobody means.

import Foundation
import Sampling
import Testing

@testable import Numerics

@Suite struct ExpressionTests {
  private static let variables: [(name: String, values: [Double])] = [
    ("w", [0.7, -1.3, 0, 2.5]), ("m0", [1.5, -0.2, 3, 0.1]), ("readout[0,1]", [2, 4, 8, 16]),
    ("norm(m)", [0.5, 1, 1.5, 2]),
  ]

  private func program(_ texts: [String], functions: RegisteredFunctions = .none) throws -> ExpressionProgram {
    var program = ExpressionProgram(
      variables: Self.variables.map(\.name), constants: ["K": 3], functions: functions)
    for text in texts { try program.add(text) }
    return program
  }

  /// The values of each expression at the four places.
  private func values(_ program: ExpressionProgram) -> [[Double]] {
    let code = program.code
    var workspace = code.makeWorkspace()
    var results = [[Double]](repeating: [], count: program.outputs.count)
    code.evaluate(count: 4, using: &workspace) { index, values in
      for (k, value) in Self.variables[index].values.enumerated() { values[k] = value }
    } use: { expression, values in
      results[expression] = (0..<4).map { values[$0] }
    }
    return results
  }

  /// Each is written in Swift beside it; elementary functions agree to a few units in the last place.
  @Test func expressionsHaveTheValuesThatTheySay() throws {
    let pairs: [(String, (Double, Double, Double, Double) -> Double)] = [
      ("w^4", { w, _, _, _ in w * w * w * w }), ("-w^2", { w, _, _, _ in -(w * w) }), ("2^-1", { _, _, _, _ in 0.5 }),
      ("2^3^2", { _, _, _, _ in 512 }), ("w - m0 - 1", { w, m, _, _ in w - m - 1 }),
      ("w/m0/2", { w, m, _, _ in w / m / 2 }), ("w + m0*2", { w, m, _, _ in w + m * 2 }),
      ("(w + m0)*2", { w, m, _, _ in (w + m) * 2 }), ("abs(w)", { w, _, _, _ in abs(w) }),
      ("m0^-2", { _, m, _, _ in 1 / (m * m) }), ("norm(m)^2", { _, _, _, n in n * n }),
      ("norm( m )*K", { _, _, _, n in n * 3 }), ("readout[0,1] + 1", { _, _, r, _ in r + 1 }),
      ("readout[0, 1]", { _, _, r, _ in r }), ("exp(-w^2/2)", { w, _, _, _ in exp(-w * w / 2) }),
      ("log(m0^2 + 1)", { _, m, _, _ in log(m * m + 1) }),
      ("log2(norm(m)) + log10(norm(m))", { _, _, _, n in log2(n) + log10(n) }),
      ("sqrt(m0*m0)", { _, m, _, _ in abs(m) }), ("tanh(w) + erf(m0)", { w, m, _, _ in tanh(w) + erf(m) }),
      ("sin(w)^2 + cos(w)^2", { _, _, _, _ in 1 }), ("tan(w) - sin(w)/cos(w)", { _, _, _, _ in 0 }),
      ("sinh(w)/cosh(w)", { w, _, _, _ in tanh(w) }),
      ("asin(0.5) + acos(0.5) + atan(w)", { w, _, _, _ in .pi / 2 + atan(w) }),
      ("atan2(w, m0)", { w, m, _, _ in atan2(w, m) }), ("min(w, m0)", { w, m, _, _ in min(w, m) }),
      ("max(w, m0)", { w, m, _, _ in max(w, m) }), ("w > 0 && m0 > 1", { w, m, _, _ in w > 0 && m > 1 ? 1 : 0 }),
      ("w > 0 || m0 > 1", { w, m, _, _ in w > 0 || m > 1 ? 1 : 0 }), ("!(w >= 0)", { w, _, _, _ in w >= 0 ? 0 : 1 }),
      ("w == 0", { w, _, _, _ in w == 0 ? 1 : 0 }), ("w != 0", { w, _, _, _ in w != 0 ? 1 : 0 }),
      ("w < 0 ? m0 : -m0", { w, m, _, _ in w < 0 ? m : -m }), ("if(w <= 0, 1, 2)", { w, _, _, _ in w <= 0 ? 1 : 2 }),
      ("sign(w)", { w, _, _, _ in w > 0 ? 1 : w < 0 ? -1 : 0 }),
      ("floor(w) + ceil(w) + round(w)", { w, _, _, _ in floor(w) + ceil(w) + round(w) }),
      ("pi", { _, _, _, _ in .pi }), ("1.5e2 + .5", { _, _, _, _ in 150.5 }),
      ("norm(m)^w", { w, _, _, n in pow(n, w) }),
      ("--w", { w, _, _, _ in w }), ("+w", { w, _, _, _ in w }), ("w^0", { _, _, _, _ in 1 }),
    ]
    let found = values(try program(pairs.map(\.0)))
    for (index, pair) in pairs.enumerated() {
      for k in 0..<4 {
        let expected = pair.1(
          Self.variables[0].values[k], Self.variables[1].values[k], Self.variables[2].values[k],
          Self.variables[3].values[k])
        #expect(abs(found[index][k] - expected) <= 1e-14 * max(1, abs(expected)), "\(pair.0) at \(k)")
      }
    }
  }

  @Test func whatIsCommonIsComputedOnce() throws {
    let one = try program(["exp(w)*m0"])
    let two = try program(["exp(w)*m0", "m0 + exp(w)*m0"])
    #expect(two.sources.count == one.sources.count + 1)
  }

  @Test func whatIsNoNumberIsNotPassedOver() throws {
    let found = values(try program(["max(log(w), 1)", "min(1, log(w))", "w/w"]))
    #expect(found[0][1].isNaN && found[1][1].isNaN && found[2][2].isNaN && found[2][0] == 1)
  }

  @Test func registeredFunctionsAreCalled() throws {
    let functions = RegisteredFunctions([
      RegisteredFunction("cube") { $0 * $0 * $0 }, RegisteredFunction("pair") { $0 + 10 * $1 },
      RegisteredFunction("three") { $0 + 10 * $1 + 100 * $2 },
    ])
    let found = values(try program(["cube(w)", "pair(w, m0)", "three(1, 2, w)"], functions: functions))
    #expect(found[0][0] == 0.7 * 0.7 * 0.7 && found[1][1] == -1.3 + 10 * -0.2 && found[2][3] == 271)
    #expect(throws: ExpressionError(column: 1, .syntax("cube takes 1 argument, found 2"))) {
      try program(["cube(w, w)"], functions: functions)
    }
    #expect(throws: ExpressionError(column: 1, .unknownFunction("cube"))) { try program(["cube(w)"]) }
    #expect(values(try program(["cube(w) + 1"], functions: .unknown))[0][0].isNaN)
  }

  /// The column is that of the word at fault.
  @Test(arguments: [
    ("w +", 4), ("w w", 3), ("(w", 3), ("w)", 2), ("foo", 1), ("1 + foo(w)", 5), ("w ** 2", 3), ("w = 1", 3), ("", 1),
    ("  ", 1), ("w ? 1", 6), ("1e999", 1), ("readout[0,1", 8), ("[0]", 1), ("w # 2", 3), ("min(w)", 1), ("()", 2),
    ("readout[0,2]", 1), ("λ + 1", 1), ("w + \u{1F600}", 5), ("norm(q)", 6), (".", 1), ("1.2.3", 4),
  ])
  func faultsHaveTheirPlace(text: String, column: Int) throws {
    do {
      _ = try program([text])
      Issue.record("\(text) was read")
    } catch let error as ExpressionError {
      #expect(error.column == column, "\(text): \(error)")
    }
  }

  @Test func depthAndLengthAreBounded() throws {
    for text in [
      String(repeating: "(", count: 10_000) + "w", String(repeating: "-", count: 1500) + "w",
      String(repeating: "w^", count: 900) + "w", String(repeating: "w+", count: 2000) + "w",
    ] {
      #expect(throws: ExpressionError.self) { try program([text]) }
    }
    // As deep as is allowed is read.
    let deep = String(repeating: "(", count: 60) + "w" + String(repeating: ")", count: 60)
    #expect(values(try program([deep]))[0][0] == 0.7)
    // A program is bounded too.
    var long = ExpressionProgram(variables: ["w"])
    #expect(throws: ExpressionError.self) {
      for k in 0..<10_000 { try long.add("w + \(k)") }
    }
  }

  /// 100,000 mutations: read and evaluated, or refused at a place within the text; nothing traps.
  @Test func mutatedTextsAreReadOrRefused() throws {
    let seeds = [
      "w^4", "if(w>0.5, norm(m)^2-m0^2, 0)", "readout[0,1] + 2*m0", "exp(-w^2/2)*(1+tanh(m0))", "w < 0 ? -w : m0^-3",
      "min(w, max(m0, 1e-3))/sqrt(K)", "!(w == 0) && m0 != 1 || w >= 2",
    ]
    let alphabet =
      Array("wm01+-*/^()[],.<>=!&|?:eEK _9xλ\u{301}\n\t#\"'%").map(String.init) + ["norm(", "exp(", "1e9", "**", "e+"]
    var stream = try RandomStream(StreamKey(seed: 11, chain: 0, purpose: .testing))
    var (read, refused) = (0, 0)
    for _ in 0..<100_000 {
      var characters = Array(seeds[stream.integer(below: seeds.count)]).map(String.init)
      for _ in 0...stream.integer(below: 4) {
        let place = stream.integer(below: characters.count + 1)
        switch stream.integer(below: 3) {
        case 0: characters.insert(alphabet[stream.integer(below: alphabet.count)], at: place)
        case 1: if place < characters.count { characters.remove(at: place) }
        default: if place < characters.count { characters[place] = alphabet[stream.integer(below: alphabet.count)] }
        }
        if characters.isEmpty { characters = ["w"] }
      }
      let text = characters.joined()
      do {
        #expect(values(try program([text]))[0].count == 4)
        read += 1
      } catch let error as ExpressionError {
        #expect((1...text.count + 1).contains(error.column), "\(text): \(error)")
        refused += 1
      }
    }
    #expect(read > 5000 && refused > 20_000, "\(read) read, \(refused) refused")
  }
}

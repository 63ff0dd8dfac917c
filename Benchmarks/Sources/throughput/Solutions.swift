// Maximum-entropy problems solved: by patterns and by symmetry.

import Networks

enum Solutions {
  static func lines() throws -> [String] {
    try [2, 8, 12, 64, 512].map { contexts in
      let problem = try MaxEntropyProblem(task: .inputSelection(contexts: contexts))
      let perSecond = try rate { _ = try problem.solve() }
      return line("solution", target: "input selection, K = \(contexts)", perSecond: perSecond)
    }
  }
}

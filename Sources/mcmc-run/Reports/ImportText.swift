// What was imported, for people.

import Experiments

extension ImportReport {
  func text(_ style: TextStyle) -> String {
    var text =
      "\(run): \(networks) \(networks == 1 ? "network" : "networks") in \(chains) \(chains == 1 ? "chain" : "chains"); \(model)\n"
    for block in blocks {
      text += "  \(block.name) [\(block.shape.map(String.init).joined(separator: ", "))]\n"
    }
    if !unused.isEmpty { text += "not used: \(unused.joined(separator: ", "))\n" }
    return text
  }
}

// Contexts that no trial of a task in time has.

extension Experiment {
  /// What is to be said of contexts that no trial has; nil where every context has some. They count in the loss, (K/2M) Σ (y − Y)².
  package var contextsWithoutTrials: String? {
    guard let shape = task.task.trialShape else { return nil }
    // Those of built-in tasks take contexts in turn.
    let named =
      (task.task as? TrialsTask).map { Set($0.file.batch.contextOfTrial) } ?? Set(0..<min(shape.contexts, shape.trials))
    let missing = (0..<shape.contexts).filter { !named.contains($0) }
    guard !missing.isEmpty else { return nil }
    let list = missing.prefix(5).map(String.init).joined(separator: ", ") + (missing.count > 5 ? " ..." : "")
    return "note: no trial is in context\(missing.count == 1 ? "" : "s") \(list); K = \(shape.contexts) counts "
      + "\(missing.count == 1 ? "it" : "them") in the loss"
  }
}

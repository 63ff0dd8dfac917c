// Experiments from Swift: read, sample, judge.

import Sampling

extension Experiment {
  /// Reads and checks an experiment file and the data files that it names.
  ///
  /// ```swift
  /// let experiment = try Experiment(contentsOf: "two-contexts.json", setting: ["sampler.draws=5000"])
  /// ```
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - settings: values in place of the file's, each `key.path=VALUE` as after `--set`.
  ///   - functions: what the expressions of `observables` may call besides the functions that all have.
  /// - Throws: ``SpecError`` naming the place in the file, or the setting, that has no meaning; ``UsageError``.
  public init(
    contentsOf path: String, setting settings: [String] = [], functions: RegisteredFunctions = .none
  ) throws {
    var overrides = SpecOverrides()
    for text in settings {
      guard let setting = SpecSetting(text) else {
        throw UsageError(
          "the setting \"\(text)\" is not KEY=VALUE; allowed: a key of the spec, such as sampler.draws=500")
      }
      if let fault = setting.fault(in: SpecSchema.sections) {
        throw UsageError("the setting \(setting.path): \(fault)")
      }
      overrides.set(setting.path, to: setting.value, by: "the setting \(setting.path)")
    }
    self = try Experiment.read(path: path, overrides: overrides, functions: functions)
  }
}

extension Execution {
  /// Draws from an experiment's ensemble into a new run; what no formula gives of it is solved for first.
  ///
  /// Interrupted at any moment, the run keeps all draws but the segments in memory, and `resume(_:_:)` goes on with it.
  ///
  /// - Parameters:
  ///   - path: the run's folder, which is made.
  ///   - options: when there are enough draws, and how a run begins.
  /// - Throws: ``UsageError`` for options out of range, and whatever refuses the experiment, both before anything is written; the
  ///   first chain's failure.
  public func sample(
    _ experiment: Experiment, at path: String, _ options: SessionOptions = SessionOptions()
  ) throws -> SessionResult {
    try require(options)
    let result = try RunSession(self, options).sample(experiment, try modelSolution(experiment), at: path)
    try result.throwFailure()
    return result
  }

  /// Goes on with a run that was stopped or killed, or makes it longer.
  ///
  /// - Parameter functions: those that the run's experiment was read with.
  /// - Throws: ``UsageError`` for options out of range; what differs from what the run was made with, or what is damaged; the first
  ///   chain's failure.
  public func resume(
    _ path: String, _ options: SessionOptions = SessionOptions(), functions: RegisteredFunctions = .none
  ) throws -> SessionResult {
    try require(options)
    let result = try RunSession(self, options).resume(at: path, functions: functions)
    try result.throwFailure()
    return result
  }

  /// Refuses what the command line would not let through.
  private func require(_ options: SessionOptions) throws {
    let numbers: [(name: String, value: Double?, allowed: ClosedRange<Double>)] = [
      ("threads", Double(threads), 1...4096), ("rule.draws", options.rule.draws.map(Double.init), 1...1e9),
      ("rule.ess", options.rule.ess, 1...1e12), ("segmentSeconds", options.segmentSeconds, 0.01...86400),
    ]
    for (name, value, allowed) in numbers {
      guard let value, !allowed.contains(value) else { continue }
      throw UsageError("\(name): found \(value); allowed: \(allowed.lowerBound) to \(allowed.upperBound)")
    }
  }
}

// What is to be said of an experiment whose wanted outputs are data.

import JSON
import Networks
import Sampling

/// What an experiment's data mean for its ensemble: said by `solve` and `check`.
package struct DataRemarks: Sendable, Equatable {
  /// The part of the loss that no network removes, and that the recorded loss goes without; nil but for networks that respond linearly.
  package let constantLoss: Double?
  /// β of Bayes; nil without a teacher, or without noise.
  package let bayesTightness: Double?
  /// Whether the ensemble is the teacher's posterior.
  package let isBayesOptimal: Bool
  /// In sentences.
  package let sentences: [String]

  /// Nil where wanted outputs are no data.
  ///
  /// - Throws: what keeps the data from being made.
  package init?(_ experiment: Experiment) throws {
    guard experiment.task.task.isData else { return nil }
    constantLoss = try experiment.regression()?.constantLoss
    bayesTightness = experiment.bayesTightness
    isBayesOptimal = experiment.isBayesOptimal
    var sentences: [String] = []
    func short(_ value: Double) -> String { NumberText.significant(value, digits: 4) }
    if let constantLoss {
      sentences.append(
        "These networks respond linearly: the loss is that of the readout against the linear regression of the wanted outputs. "
          + "What the regression misses, \(short(constantLoss)), no network can remove, and the loss goes without it.")
    }
    if let task = experiment.task.task as? TeacherTask, let teacher = try experiment.teacher() {
      let noise = task.noise == 0 ? "without noise" : "with noise of variance \(short(task.noise))"
      sentences.append("A teacher (\(teacher.words)) gives the wanted outputs, \(noise).")
      if !teacher.isOfStudentsPrior {
        sentences.append("It is not drawn from the prior of the networks: no tightness is Bayes-optimal.")
      } else if case .gibbs(let tightness) = experiment.ensemble, let bayes = experiment.bayesTightness {
        sentences.append(
          isBayesOptimal
            ? "The tightness, \(short(tightness)), is that of its noise: the ensemble is Bayes-optimal."
            : "The tightness, \(short(tightness)), is \(short(tightness / bayes)) times that of its noise, \(short(bayes)): "
              + "the ensemble is not Bayes-optimal.")
      }
    }
    self.sentences = sentences
  }

  /// The members of a report.
  package static func members(_ remarks: DataRemarks?) -> [(String, JSONValue)] {
    guard let remarks else { return [] }
    return [
      ("constantLoss", .number(remarks.constantLoss)), ("bayesTightness", .number(remarks.bayesTightness)),
      ("bayesOptimal", .bool(remarks.isBayesOptimal)),
    ]
  }
}

extension Experiment {
  /// The task in words.
  package var taskWords: String {
    if let shape = task.task.trialShape {
      return
        "\(type(of: task.task).kind), \(shape.contexts) contexts, \(shape.trials) trials of \(shape.times) steps, \(shape.inputChannels) input "
        + "and \(shape.outputChannels) output channels"
    }
    let size =
      "\(task.contexts) contexts, \(task.features) \(task.task.loadings == nil ? "stimulus features" : "loadings")"
    switch task.task {
    case let targets as TargetsTask:
      return size + ", wanted outputs of \(targets.file.table.rows) stimuli from \(targets.file.location.path)"
    case let teacher as TeacherTask:
      let model = teacher.network.map { "a teacher (\($0.model.words))" } ?? "a teacher like the networks"
      let noise =
        teacher.noise == 0 ? "no noise" : "noise of variance \(NumberText.significant(teacher.noise, digits: 4))"
      return size + ", \(model) that answers \(stimulusCount ?? 0) stimuli, \(noise), seed \(teacher.seed)"
    default: return size
    }
  }
}

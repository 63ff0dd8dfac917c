// What an experiment with a teacher says of its students.

import JSON
import Networks
import Sampling

extension Experiment {
  /// What students of a teacher are held against.
  ///
  /// - Parameters:
  ///   - layout: of a student's position.
  ///   - weight: nβ, 0 where nothing binds.
  func studentTask(_ teacher: Teacher, _ layout: ParameterLayout, weight: Double) throws -> StudentTask {
    let heldOut = try heldOutStimuli()
    guard let training = try stimulusList() else { preconditionFailure("a teacher answers a list of stimuli") }
    let comparison = TeacherComparison(
      layout: layout, scales: blockScales, symmetry: neuronSymmetry, teacher: teacher.position,
      teacherLayout: teacher.layout, readout: network.model.givenOutputWeights, gains: givenGains)
    return StudentTask(
      training: training, labels: teacher.labels, answers: teacher.clean, heldOut: heldOut,
      heldOutAnswers: try teacher.outputs(at: heldOut), position: teacher.isOfStudentsKind ? teacher.position : nil,
      comparison: comparison, constantLoss: weight * (try constantLoss()))
  }

  /// Prior standard deviations by the names of blocks.
  private var blockScales: [String: Double] {
    let scales = scales(nil)
    var result = ["output_weight": scales.output, "input_weights": scales.input]
    // No network has more layers than this.
    for layer in 1...64 {
      result["hidden_weights_\(layer)"] = scales.hidden
      result[layer == 1 ? "context_drive" : "context_drive_\(layer)"] = scales.context
    }
    return result
  }

  /// Of gain-modulated networks a neuron's output and input weights may change their sign together.
  private var neuronSymmetry: NeuronSymmetry { feedforward?.activation.neuronSymmetry ?? .odd }

  private var feedforward: FeedforwardArchitecture? { (network.model as? any FeedforwardModel)?.architecture(task) }

  /// What theory says of students on held-out stimuli; nothing where it says nothing.
  func learningPredictions(_ task: StudentTask, weight: Double) throws -> [LearningPrediction] {
    guard let feedforward else { return [] }
    return try LearningPrediction.all(feedforward, scales: scales(nil), task, weight: weight)
  }
}

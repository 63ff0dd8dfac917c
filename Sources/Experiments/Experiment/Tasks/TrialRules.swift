// What tasks in time may not be combined with.

import JSON
import Networks

extension MeaningRule {
  /// The rules of tasks in time.
  static let trials = [
    MeaningRule(refuses: "a task in time for networks without time") { experiment in
      guard experiment.task.task.trialShape != nil, !experiment.network.model.isInTime else { return nil }
      return Fault(
        path: ["network", "kind"],
        message:
          "\"\(type(of: experiment.task.task).kind)\" consists of trials in time, and \"\(type(of: experiment.network.model).kind)\" networks "
          + "answer one stimulus at a time; say {\"kind\": \"recurrent\", \"neurons\": 64, \"activation\": \"tanh\"}")
    },
    MeaningRule(refuses: "stimuli for a task in time") { experiment in
      guard experiment.task.task.trialShape != nil, experiment.stimuli != .gaussian(covariance: nil) else { return nil }
      return Fault(
        path: ["stimuli", "kind"], message: "the task's trials are all that networks see; leave the section out")
    },
    MeaningRule(refuses: "trials of more than 1e9 numbers") { experiment in
      guard let shape = experiment.task.task.trialShape else { return nil }
      var lists = [(JSONPath(["task", "trials"]), shape)]
      if experiment.task.task is any GeneratedTrials {
        let count = experiment.evaluation.count
        lists.append(
          (
            ["evaluation", "count"],
            TrialShape(
              trials: count, times: shape.times, inputChannels: shape.inputChannels,
              outputChannels: shape.outputChannels, contexts: shape.contexts)
          ))
      }
      for (path, shape) in lists where shape.numbers > mostNumbers {
        return Fault(
          path: path,
          message:
            "\(shape.trials) trials of \(shape.times) steps and \(shape.inputChannels) + \(shape.outputChannels) channels are "
            + "\(NumberText.significant(shape.numbers, digits: 2)) numbers; allowed: 1e9. Say fewer or shorter trials")
      }
      return nil
    },
  ]
}

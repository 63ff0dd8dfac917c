// The observables `loss` and `readout`.

import Sampling

extension Observable where View: ReadoutView {
  /// `loss`: the task's loss, whatever the ensemble is bound to.
  static var loss: Observable { Observable("loss") { $1.loss } }

  /// `readout` [context, feature]: the linear regression of the outputs on the stimuli, to a factor S where the model says so.
  static func readout(contexts: Int, features: Int) -> Observable {
    let axes: [ObservableVariable.Axis] = [.init("context", contexts), .init("feature", features)]
    return Observable([ObservableVariable("readout", axes: axes)]) { _, view, values, first in
      for k in 0..<contexts * features { values[first + k] = view.readout[k] }
    }
  }
}

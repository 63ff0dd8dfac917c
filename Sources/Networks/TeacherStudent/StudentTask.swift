// What the students of one teacher are held against: its answers, its labels, its weights.

import Sampling

/// A teacher as students see it: labels on the training stimuli, noise-free answers on all.
public struct StudentTask: Sendable {
  /// Training stimuli, [stimulus, feature].
  public let training: Matrix
  /// The labels on them, [context, stimulus].
  public let labels: Matrix
  /// The teacher's noise-free answers on them, [context, stimulus].
  public let answers: Matrix
  /// Stimuli that students have not seen, [stimulus, feature].
  public let heldOut: Matrix
  /// The teacher's noise-free answers on them, [context, stimulus].
  public let heldOutAnswers: Matrix
  /// The teacher as a student's position; nil where it is a network of another kind.
  public let position: [Double]?
  /// What students' neurons are held against; nil where they cannot be.
  public let comparison: TeacherComparison?
  /// nβ times the loss that no student can take away and that the density leaves out.
  public let constantLoss: Double

  /// - Precondition: answers and labels agree with their stimuli.
  public init(
    training: Matrix, labels: Matrix, answers: Matrix, heldOut: Matrix, heldOutAnswers: Matrix, position: [Double]?,
    comparison: TeacherComparison?, constantLoss: Double = 0
  ) {
    precondition(labels.columns == training.rows && answers.columns == training.rows)
    precondition(heldOutAnswers.columns == heldOut.rows && labels.rows == heldOutAnswers.rows)
    self.training = training
    self.labels = labels
    self.answers = answers
    self.heldOut = heldOut
    self.heldOutAnswers = heldOutAnswers
    self.position = position
    self.comparison = comparison
    self.constantLoss = constantLoss
  }
}

// Networks drawn from their prior weight by weight: the plain simulation that exact results are held against.

import Foundation
import Sampling

@testable import Networks

/// Draws networks of an architecture and evaluates them on stimuli, in plain loops that share nothing with the library.
struct PriorNetworks {
  let architecture: FeedforwardArchitecture
  let scales: WeightScales
  let stimuli: Matrix

  /// One network's outputs, `[context, stimulus]` (one context is enough without drives), and Σ w²/n_L.
  func draw(contexts: Int, using stream: inout RandomStream) -> (outputs: [Double], outputSecondMoment: Double) {
    let a = architecture
    let count = stimuli.rows
    // Hidden activity, [context, stimulus, neuron].
    var below = (0..<contexts).flatMap { _ in stimuli.elements }
    var fan = a.features
    for (layer, width) in a.widths.enumerated() {
      let scale = layer == 0 ? scales.input : scales.hidden / Double(fan).squareRoot()
      var above = [Double](repeating: 0, count: contexts * count * width)
      for i in 0..<width {
        let weights = (0..<fan).map { _ in scale * stream.standardNormal() }
        for c in 0..<contexts {
          let drive = a.isDriven(layer) ? scales.context * stream.standardNormal() : 0
          for p in 0..<count {
            let place = c * count + p
            var input = drive
            for j in 0..<fan { input += weights[j] * below[place * fan + j] }
            above[place * width + i] = a.activation.value(input)
          }
        }
      }
      below = above
      fan = width
    }
    var outputs = [Double](repeating: 0, count: contexts * count)
    var square = 0.0
    for i in 0..<fan {
      let w = scales.output * stream.standardNormal()
      square += w * w / Double(fan)
      for place in 0..<outputs.count { outputs[place] += w * below[place * fan + i] }
    }
    let factor = a.readoutScaling == .meanField ? 1 / Double(fan) : 1 / Double(fan).squareRoot()
    return (outputs.map { factor * $0 }, square)
  }
}

/// The slope of a straight line through points with known errors, and its standard error.
func fittedSlope(_ points: [(x: Double, y: Double, error: Double)]) -> (slope: Double, error: Double) {
  var (s, sx, sy, sxx, sxy) = (0.0, 0.0, 0.0, 0.0, 0.0)
  for point in points {
    let weight = 1 / (point.error * point.error)
    s += weight
    sx += weight * point.x
    sy += weight * point.y
    sxx += weight * point.x * point.x
    sxy += weight * point.x * point.y
  }
  let determinant = s * sxx - sx * sx
  return ((s * sxy - sx * sy) / determinant, (s / determinant).squareRoot())
}

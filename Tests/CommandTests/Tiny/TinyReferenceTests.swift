// The quadrature of tiny networks against reference files and against formulas that it does not use.

import Foundation
import Testing

@Suite struct TinyReferenceTests {
  /// The reference files within their stated errors, and the quadrature's own.
  @Test(arguments: TinyReference.names.dropLast())
  func quadratureReproducesReferences(name: String) throws {
    let reference = try TinyReference(name)
    let averages = reference.tiny.network.averages()
    #expect(reference.values.count >= 7)
    for (key, expected) in reference.values {
      let found = try #require(reference.value(key, in: averages), "\(key)")
      // Differences of two resolutions at the last digits say nothing of rounding.
      let error = 2 * (expected.error + found.error) + 2e-12 * max(1, abs(expected.value))
      #expect(
        abs(found.value - expected.value) <= error,
        "\(name), \(key): \(found.value) ± \(found.error), expected \(expected.value) ± \(expected.error)")
    }
  }

  /// Twelve hidden weights: two estimates by Sobol's sequence within 4 standard errors of each other (9 numbers, fixed seed; a right
  /// program would fail with another seed with probability about 1e-2, errors being known to some 20 % only).
  @Test func sobolReproducesTheDeepReference() throws {
    let reference = try TinyReference("deep-tanh-32-first")
    let averages = reference.tiny.network.averagesBySobol(points: 1 << 14, shifts: 12, seed: 5)
    for (key, expected) in reference.values {
      let found = try #require(reference.value(key, in: averages), "\(key)")
      let error = (expected.error * expected.error + found.error * found.error).squareRoot()
      #expect(found.error < 0.02 * max(0.1, abs(expected.value)), "\(key): \(found)")
      #expect(abs(found.value - expected.value) < 4 * error, "\(key): \(found), expected \(expected)")
    }
  }

  /// At tightness 0 the averages are the prior's.
  @Test func withoutTightnessThereIsThePrior() {
    var tiny = TinyCase(name: "prior", model: .twoLayer(.tanh, neurons: 1), tightness: 0)
    (tiny.output, tiny.input, tiny.context) = (2, 0.5, 3)
    let averages = tiny.network.averages()
    #expect(abs(averages.logEvidence.value) < 1e-12)
    for (name, square) in [
      ("output_second_moment", 4.0), ("input_second_moment", 0.25), ("context_second_moment", 9), ("readout_0", 0),
    ] {
      #expect(abs(averages.values[name]!.value - square) < 1e-9, "\(name)")
    }
  }

  /// Linear neurons with one binary gain each: Z by summing over who is active, the readout's variance being a sum of products of normals
  /// only through its second moment. With N = 1, K = D = 1: Z = (1 − π) e^(−β A²/2) + π E (1 + β m²)^(−1/2) exp(−β A²/(2 (1 + β m²))).
  @Test func oneBinaryGainIsAMixture() {
    let (beta, probability) = (7.0, 0.3)
    let tiny = TinyCase(
      name: "mixture", model: .binaryGains(probability: probability, neurons: 1), stimuli: nil, tightness: beta)
    let averages = tiny.network.averages()
    // Simpson's rule.
    let (step, count) = (0.005, 4000)
    var sum = 0.0
    for k in 0...count {
      let m = -10 + step * Double(k)
      let weight = k == 0 || k == count ? 1.0 : k % 2 == 1 ? 4 : 2
      let stretch = 1 + beta * m * m
      sum += weight * exp(-m * m / 2 - beta / (2 * stretch)) / stretch.squareRoot()
    }
    let active = sum * step / 3 / (2 * Double.pi).squareRoot()
    let z = (1 - probability) * exp(-beta / 2) + probability * active
    #expect(abs(averages.logEvidence.value - log(z)) < 1e-9)
    #expect(abs(averages.values["active_share"]!.value - probability * active / z) < 1e-9)
  }
}

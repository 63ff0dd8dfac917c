@testable import Networks
import Sampling
import Foundation
func run() throws {
  for (K,beta,N,pi) in [(2,10.0,40,0.4),(3,1.0,3,0.5),(3,5,5,0.5),(3,5,20,0.5),(3,10,40,0.5),(3,10,100,0.5),(3,30,40,0.5),(3,10,1,0.5),(4,1.0,10,0.5),(4,1.5,10,0.5),(4,2,20,0.5)] {
    let problem = try MaxEntropyProblem(task: LearningTask(target: [[0.7],[-0.3],[0.4],[0.1]].prefix(K).map{$0}), activeProbability: pi, outputScale: 1.2, inputScale: 0.9, ensemble: .gibbs(tightness: beta), stimulusCovariance: Matrix([[1.3]]))
    let t0 = Date()
    guard let c = try GibbsContour(problem, neurons: N) else { print(K,beta,N,"nil"); continue }
    let e = c.predict()
    print(K,beta,N,pi, e.logEvidence, e.logEvidenceError, e.relativeError, e.loss, e.outputSecondMoment, Date().timeIntervalSince(t0))
    if K < 3 { let m = try GibbsPrediction(problem, neurons: N)!
      print("     ", m.logEvidence, m.logEvidenceError, m.relativeError, m.loss, m.outputSecondMoment, m.patternWeights!.last!/e.patternWeights!.last!-1, m.readout.elements[0]/e.readout.elements[0]-1, m.readoutCovariance!.elements.last!/e.readoutCovariance!.elements.last!-1) }
  }
}
try run()

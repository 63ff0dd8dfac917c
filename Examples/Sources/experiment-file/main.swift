// An experiment file from Swift: solved, sampled, diagnosed, checked and evaluated, with typed results.

import Experiments
import Foundation

let experiment = try Experiment(contentsOf: "experiments/two-contexts.json", setting: ["sampler.draws=500"])
let folder = FileManager.default.temporaryDirectory.appendingPathComponent("two-contexts-\(UUID().uuidString)").path
let execution = Execution(threads: 2) { message in print(message) }
guard case .closedForm(let solution, _) = try execution.solve(experiment) else { exit(EXIT_FAILURE) }
let run = try LoadedRun(path: try execution.sample(experiment, at: folder).path)
let (diagnosis, check) = (try DiagnoseReport(run), try CheckReport(run).check)
let accuracy = try EvaluateReport(run).performance.signAccuracy!

print("mean structure \(solution.meanStructure), KL of patterns \(solution.patternKL)")
print("\(run.draws.draws) networks in \(run.draws.chains) chains, smallest bulk ESS \(Int(diagnosis.minEssBulk))")
print("\(check.results.count) predictions, \(check.failures.count) contradicted; accuracy \(accuracy.mean)")
try FileManager.default.removeItem(atPath: folder)
exit(diagnosis.passed && check.passed ? EXIT_SUCCESS : EXIT_FAILURE)

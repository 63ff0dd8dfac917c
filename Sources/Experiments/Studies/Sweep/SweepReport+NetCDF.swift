// A sweep as one NetCDF file, which xarray opens as it is.

import Sampling
import Storage

extension SweepReport {
  /// Writes `sweep.nc`: every statistic over the axes, by their names, and `observable`.
  ///
  /// - Throws: ``StorageError``.
  package func writeFiles(into folder: String) throws {
    let path = "\(folder)/sweep.nc"
    let temporary = path + ".tmp"
    try Posix.remove(temporary)
    let file = try NetCDFFile.create(at: temporary)
    let group = file.root
    try group.setAttribute("title", title)
    try group.setAttribute("creation_library", "mcmc-run \(Version.current)")
    let titles = axes.map(\.title)
    let areClear = Set(titles).count == titles.count
    var dimensions: [NetCDFDimension] = []
    // The last axis is the slowest.
    for axis in axes.reversed() {
      let name = (areClear ? axis.title : axis.name).map { $0.isLetter || $0.isNumber ? String($0) : "_" }.joined()
      let dimension = try group.defineDimension(name, axis.values.count)
      let variable = try group.defineVariable(name, of: Double.self, [dimension])
      try group.setAttribute("keys", axis.name, of: variable)
      try group.write(axis.values, to: variable, shape: [axis.values.count])
      dimensions.append(dimension)
    }
    let shape = axes.reversed().map(\.values.count)
    let names = names
    let observable = try group.defineDimension("observable", names.count)
    try group.write(texts: names, "observable", observable)
    func write(_ name: String, _ value: (Int, EnsemblePoint.Observable) -> Double?) throws {
      let variable = try group.defineVariable(name, of: Double.self, dimensions + [observable])
      let values = points.indices.flatMap { index in
        names.map { name in points[index].observable(name).flatMap { value(index, $0) } ?? .nan }
      }
      try group.write(values, to: variable, shape: shape + [names.count])
    }
    try write("mean") { $1.estimate.value }
    try write("mcse") { $1.estimate.standardError }
    try write("sd") { $1.standardDeviation }
    try write("variance_times_n") { susceptibility($0, $1)?.value }
    try write("variance_times_n_standard_error") { susceptibility($0, $1)?.standardError }
    try write("binder") { $1.fluctuations?.binder?.value }
    try write("binder_standard_error") { $1.fluctuations?.binder?.standardError }
    try write("autocorrelation_time") { $1.fluctuations?.autocorrelationTime?.value }
    try write("autocorrelation_time_standard_error") { $1.fluctuations?.autocorrelationTime?.standardError }
    try write("theory") { $1.theory }
    let converged = try group.defineVariable("converged", of: Int8.self, dimensions)
    try group.write(points.map { $0.isFit ? Int8(1) : 0 }, to: converged, shape: shape)
    let counts = try group.defineVariable("N", of: Int64.self, dimensions)
    try group.write(neurons.map { Int64($0) }, to: counts, shape: shape)
    try file.close()
    try Posix.synchronize(file: temporary)
    try Posix.rename(temporary, to: path)
  }
}

// Networks as parts: what a map makes of the arrays of a source, with every shape checked.

import Numerics
import Storage

/// One network: a matrix for each part, a row per neuron.
typealias NetworkParts = [NetworkPart: Matrix]

/// The networks of one source.
struct ImportedNetworks: Sendable {
  let networks: [NetworkParts]
  /// Whether the source's arrays have an axis for networks.
  let hasNetworkAxis: Bool

  /// Reads the parts that a map names.
  ///
  /// Of arrays with an axis for networks it is the first; parts without it are the same in all networks.
  ///
  /// - Throws: ``SpecError`` that names the source, the part, the shape and what is allowed.
  init(_ source: ImportSource, _ map: ImportMap) throws(SpecError) {
    func failure(_ part: NetworkPart?, _ message: String) -> SpecError {
      SpecError(file: source.name, place: .file, message: (part.map { "\($0): " } ?? "") + message)
    }
    var views: [NetworkPart: ArrayView] = [:]
    for entry in map.entries {
      do {
        views[entry.part] = try entry.expression.view(of: source.arrays)
      } catch {
        throw failure(entry.part, error.description)
      }
    }
    for part in [NetworkPart.output, .input] where views[part] == nil {
      throw failure(
        nil,
        "nothing says which array is the \(part) weights; say --map \(part)=ARRAY (\(source.arrays.missing(part.description)))"
      )
    }
    let (output, input) = (views[.output]!, views[.input]!)
    let count: Int? =
      switch input.shape.count {
      case 3: input.shape[0]
      // One feature: the arrays [network, neuron] of a table.
      case 2 where input.shape == output.shape && input.shape[1] > 1: input.shape[0]
      default: nil
      }
    hasNetworkAxis = count != nil
    // Rows of each layer, the first from 1.
    var widths: [Int: Int] = [:]
    let layers = views.keys.compactMap { if case .hidden(let layer) = $0 { layer } else { nil } }.sorted()
    guard layers == Array(2..<2 + layers.count) else {
      throw failure(nil, "found the hidden weights of layers \(layers); allowed: all from 2 to the last")
    }
    let depth = 1 + layers.count
    func vector(_ part: NetworkPart, _ view: ArrayView, _ width: Int?) throws(SpecError) -> (ArrayView, isShared: Bool)
    {
      let shape = view.shape
      func refused() -> SpecError {
        let several =
          part == .output && shape.count == 2 && shape[0] > 1 && shape[1] > 1
          ? "; of several outputs choose one: [0]" : ""
        let wanted = width.map(String.init) ?? "neurons"
        return failure(
          part,
          "has shape \(StoredArray.words(shape)); allowed: [\(wanted)]\(count.map { " or [\($0), \(wanted)]" } ?? "")\(several)"
        )
      }
      var (lengths, isShared) = (shape, count == nil)
      if let count {
        if lengths.first == count, lengths.count > 1 { lengths.removeFirst() } else { isShared = true }
      }
      guard !lengths.isEmpty, lengths.count <= 2, lengths.count == 1 || lengths.contains(1) else { throw refused() }
      let length = lengths.reduce(1, *)
      guard length > 0, width == nil || width == length else { throw refused() }
      return (view, isShared)
    }
    let last = try vector(.output, output, nil)
    guard count == nil || !last.isShared else {
      throw failure(
        .output,
        "has shape \(StoredArray.words(output.shape)); allowed: \(count!) networks in its first axis, as the input weights have"
      )
    }
    let lastWidth = output.shape.dropFirst(count == nil ? 0 : 1).reduce(1, *)
    func matrix(_ part: NetworkPart, _ view: ArrayView, rows: Int?, columns: Int?) throws(SpecError) -> (
      ArrayView, isShared: Bool
    ) {
      let shape = view.shape
      // The columns [network, neuron] of a table are one feature or context each.
      let hasAxis = count != nil && (shape.count >= 3 || shape == output.shape)
      let isShared = !hasAxis
      let view = view.padded(toAxes: hasAxis ? 3 : 2)
      let lengths = Array(view.shape.suffix(2))
      let fits = view.shape.count == (isShared ? 2 : 3) && (isShared || view.shape[0] == count)
      guard fits, lengths[0] == rows ?? lengths[0], lengths[1] == columns ?? lengths[1], !lengths.contains(0) else {
        let wanted = "\(rows.map(String.init) ?? "neurons"), \(columns.map(String.init) ?? "columns")"
        let isTurned = lengths.count == 2 && rows != nil && lengths[1] == rows && lengths[0] != rows
        throw failure(
          part,
          "has shape \(StoredArray.words(shape)); allowed: [\(wanted)], a row per neuron\(count.map { ", or [\($0), \(wanted)]" } ?? "")"
            + (isTurned ? "; write .T behind the array to transpose it" : ""))
      }
      return (view, isShared)
    }
    var found: [NetworkPart: (view: ArrayView, isShared: Bool)] = [.output: last]
    found[.input] = try matrix(.input, input, rows: depth == 1 ? lastWidth : nil, columns: nil)
    widths[1] = found[.input]!.view.shape.suffix(2).first!
    for layer in layers {
      let part = NetworkPart.hidden(layer: layer)
      found[part] = try matrix(part, views[part]!, rows: layer == depth ? lastWidth : nil, columns: widths[layer - 1])
      widths[layer] = found[part]!.view.shape.suffix(2).first!
    }
    var contexts: Int?
    for part in views.keys.sorted(by: { $0.description < $1.description }) where found[part] == nil {
      guard let width = widths[part.layer ?? depth] else {
        throw failure(part, "there are \(depth) hidden layers; allowed: parts of these")
      }
      if part.isVector {
        found[part] = try vector(part, views[part]!, width)
      } else {
        found[part] = try matrix(part, views[part]!, rows: width, columns: contexts)
        contexts = found[part]!.view.shape.last!
      }
    }
    var networks = [NetworkParts](repeating: [:], count: count ?? 1)
    for (part, entry) in found {
      var shared: Matrix?
      for index in networks.indices {
        if let shared {
          networks[index][part] = shared
          continue
        }
        let view = entry.isShared || count == nil ? entry.view : entry.view.part(index)
        let elements = view.elements
        let rows = part.isVector ? elements.count : view.shape[0]
        let bounds = NumberRange.entries
        if let bad = elements.first(where: { !bounds.contains($0) }) {
          throw failure(
            part, "found \(bad)\(count == nil ? "" : " in network \(index)"); allowed: \(bounds.words)")
        }
        let matrix = Matrix(rows: rows, columns: elements.count / rows, elements: elements)
        networks[index][part] = matrix
        if entry.isShared { shared = matrix }
      }
    }
    guard !networks.isEmpty else { throw failure(nil, "it has no networks: its first axis has length 0") }
    self.networks = networks
  }
}

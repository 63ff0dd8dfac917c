// A part of an array, its axes in any order: what NumPy's basic slices and transposition make.

/// A part of an array. Nothing is copied before ``elements`` are asked for.
package struct ArrayView: Sendable {
  /// What is taken along one axis.
  package enum Slice: Sendable, Equatable {
    /// One place, whose axis goes; negative ones count from the end.
    case place(Int)
    /// Places from, up to and excluding, in steps; nil for the ends.
    case range(from: Int?, to: Int?, step: Int)
  }

  private let array: StoredArray
  /// Lengths of the axes that are left.
  package private(set) var shape: [Int]
  private var strides: [Int]
  private var offset = 0

  /// All of an array.
  package init(_ array: StoredArray) {
    self.array = array
    shape = array.shape
    var strides = [Int](repeating: 1, count: shape.count)
    // Arrays that are there have fewer numbers than an Int can count, so that no stride overflows but of empty ones.
    let order = array.isColumnMajor ? Array(shape.indices) : shape.indices.reversed()
    for (inner, outer) in zip(order, order.dropFirst()) { strides[outer] = strides[inner] &* shape[inner] }
    self.strides = strides
  }

  /// The axes in reverse order.
  package var transposed: ArrayView {
    var view = self
    view.shape.reverse()
    view.strides.reverse()
    return view
  }

  /// The last two axes exchanged, of one axis nothing.
  package var matrixTransposed: ArrayView {
    guard shape.count > 1 else { return self }
    var view = self
    view.shape.swapAt(shape.count - 1, shape.count - 2)
    view.strides.swapAt(shape.count - 1, shape.count - 2)
    return view
  }

  /// The part that slices take, one for each of the first axes; others are taken whole.
  ///
  /// - Throws: ``ArrayFileError`` for more slices than axes, places that are not there and steps below 1.
  package func sliced(_ slices: [Slice]) throws(ArrayFileError) -> ArrayView {
    guard slices.count <= shape.count else {
      throw ArrayFileError(
        "found \(slices.count) slices of an array of shape \(StoredArray.words(shape)); allowed: one for each of its \(shape.count) axes"
      )
    }
    var view = self
    view.shape = []
    view.strides = []
    for axis in shape.indices {
      let length = shape[axis]
      switch axis < slices.count ? slices[axis] : .range(from: nil, to: nil, step: 1) {
      case .place(let place):
        guard (-length..<length).contains(place) else {
          throw ArrayFileError("found \(place) along an axis of length \(length); allowed: \(-length) to \(length - 1)")
        }
        view.offset &+= (place < 0 ? place + length : place) &* strides[axis]
      case .range(let from, let to, let step):
        guard step > 0 else { throw ArrayFileError("found a slice with step \(step); allowed: 1 or more") }
        func clamped(_ place: Int) -> Int {
          min(max(place < 0 ? place.addingReportingOverflow(length).partialValue : place, 0), length)
        }
        let (start, end) = (clamped(from ?? 0), clamped(to ?? length))
        view.offset &+= start &* strides[axis]
        view.shape.append(max(0, end - start) / step + (max(0, end - start) % step == 0 ? 0 : 1))
        view.strides.append(strides[axis] &* step)
      }
    }
    return view
  }

  /// The part at one place of the first axis.
  ///
  /// - Precondition: there is such a place.
  package func part(_ place: Int) -> ArrayView {
    var view = self
    view.offset += place * strides[0]
    view.shape.removeFirst()
    view.strides.removeFirst()
    return view
  }

  /// The same with further axes of length 1 behind, up to a number of axes.
  package func padded(toAxes count: Int) -> ArrayView {
    var view = self
    while view.shape.count < count {
      view.shape.append(1)
      view.strides.append(0)
    }
    return view
  }

  /// The numbers, the last axis fastest. O(numbers).
  package var elements: [Double] {
    guard !shape.contains(0) else { return [] }
    var elements: [Double] = []
    elements.reserveCapacity(shape.reduce(1, *))
    var place = [Int](repeating: 0, count: shape.count)
    var index = offset
    while true {
      elements.append(array[index])
      var axis = shape.count - 1
      while axis >= 0 {
        place[axis] += 1
        index &+= strides[axis]
        if place[axis] < shape[axis] { break }
        index &-= strides[axis] &* shape[axis]
        place[axis] = 0
        axis -= 1
      }
      if axis < 0 { return elements }
    }
  }
}

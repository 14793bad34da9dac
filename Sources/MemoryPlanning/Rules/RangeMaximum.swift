/// Finds the largest element of any range in O(log n).
struct RangeMaximum {
  private let elements: [Int]

  /// A binary tree in an array: the leaves are indices, a parent is the index of the larger.
  private var tree: [Int32]

  init(_ elements: [Int]) {
    self.elements = elements
    tree = [Int32](repeating: 0, count: elements.count) + elements.indices.map(Int32.init)
    for node in stride(from: elements.count - 1, to: 0, by: -1) {
      tree[node] = larger(tree[2 * node], tree[2 * node + 1])
    }
  }

  /// The index of the largest element of a range, the first of several; `nil` if it is empty.
  func indexOfMaximum(in range: Range<Int>) -> Int? {
    var best: Int32?
    var low = range.lowerBound + elements.count
    var high = range.upperBound + elements.count
    while low < high {
      if low & 1 == 1 {
        best = best.map { larger($0, tree[low]) } ?? tree[low]
        low += 1
      }
      if high & 1 == 1 {
        high -= 1
        best = best.map { larger($0, tree[high]) } ?? tree[high]
      }
      low /= 2
      high /= 2
    }
    return best.map(Int.init)
  }

  private func larger(_ a: Int32, _ b: Int32) -> Int32 {
    let (x, y) = (elements[Int(a)], elements[Int(b)])
    return x == y ? min(a, b) : x > y ? a : b
  }
}

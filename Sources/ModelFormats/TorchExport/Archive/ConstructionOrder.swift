import ModelGraph

/// The order in which a model's constructor makes its tensors, as far as their names tell.
///
/// An archive lists all parameters before all buffers, and a tensor's second name beside its first.
/// A module registers its buffers after its own parameters, or after its children where it has none;
/// a layer whose weight is another's is made with its own weight first.
struct ConstructionOrder {
  private var lastOwn: [Substring: Int] = [:]
  private var lastWithin: [Substring: Int] = [:]
  private var firstWithin: [Substring: Int] = [:]

  /// Deeper paths are not told apart: no module tree nests so deep.
  private static let maximumDepth = 64

  static func sorted(_ tensors: [Tensor]) -> [Tensor] {
    let order = ConstructionOrder(tensors)
    var owners = Set<Int>()
    let places = tensors.enumerated().map { index, tensor -> (Double, Int) in
      let isSecond = !owners.insert(tensor.storage).inserted
      return (order.place(of: tensor, isSecond: isSecond, at: index, tensors.count), index)
    }
    return places.sorted { $0 < $1 }.map { tensors[$0.1] }
  }

  private init(_ tensors: [Tensor]) {
    var owners = Set<Int>()
    for (index, tensor) in tensors.enumerated() where tensor.role == .parameter {
      guard owners.insert(tensor.storage).inserted else { continue }
      for (distance, path) in Self.ancestors(tensor.name).enumerated() {
        if distance == 0 { lastOwn[path] = index }
        lastWithin[path] = index
        firstWithin[path] = min(firstWithin[path] ?? index, index)
      }
    }
  }

  /// The paths of the modules that a tensor is in, the innermost first.
  private static func ancestors(_ name: String) -> [Substring] {
    var paths: [Substring] = []
    var path = name[...]
    while paths.count < maximumDepth, let dot = path.lastIndex(of: ".") {
      path = path[..<dot]
      paths.append(path)
    }
    return paths
  }

  /// The block whose shortcut a tensor is in, if its builder makes that before the block itself, as
  /// ResNet's does: a series called `downsample`.
  private static func builtFirst(_ modules: [Substring]) -> Substring? {
    zip(modules, modules.dropFirst()).first { series, _ in
      series.hasSuffix(".downsample")
        && modules.contains { $0.hasPrefix("\(series).") && $0.last?.isNumber == true }
    }?.1
  }

  private func place(of tensor: Tensor, isSecond: Bool, at index: Int, _ count: Int) -> Double {
    let modules = Self.ancestors(tensor.name)
    if let block = Self.builtFirst(modules), let first = firstWithin[block] {
      return Double(first) - 0.75
    }
    guard isSecond || tensor.role != .parameter else { return Double(index) }
    guard isSecond else {
      let after =
        modules.first.flatMap { lastOwn[$0] } ?? modules.lazy.compactMap { lastWithin[$0] }.first
      return after.map { Double($0) + 0.5 } ?? Double(index)
    }
    // A table of rows comes before what works on its rows, a layer after what it works on.
    let inner = modules.dropFirst().lazy.filter { lastWithin[$0] != nil }.first
    guard let inner else { return Double(count) }
    let isTable = modules.first.map { $0.contains("embed") } ?? false
    return isTable
      ? Double(firstWithin[inner] ?? index) - 0.5 : Double(lastWithin[inner] ?? index) + 0.25
  }
}

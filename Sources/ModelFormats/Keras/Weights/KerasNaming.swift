import ByteFormats
import ModelGraph

/// How the arrays of a file are named, which changed with the versions of Keras.
struct KerasNaming {
  let style: Style
  private let objectNames: [[String]: String]

  /// How many variables each object has.
  private let counts: [[String]: Int]
  private let hasQuantizedKernel: Set<[String]>

  enum Style {
    /// Arrays lie under the names of their variables, in groups of layers.
    case legacy(root: [String])

    /// Arrays are numbered in the group `vars` of an object that is found by the model's attributes.
    case numbered

    /// Not the work of Keras.
    case plain
  }

  struct Variable {
    var name: String
    var role: Tensor.Role
  }

  init(_ walk: KerasFileWalk) {
    objectNames = walk.objectNames
    style = Self.style(walk)
    let owners = walk.arrays.map { Array($0.path.dropLast()) }
    counts = Dictionary(owners.map { ($0, 1) }, uniquingKeysWith: +)
    hasQuantizedKernel = Set(
      walk.arrays.filter { $0.path.last == "0" && $0.type.dataType == .int8 }
        .map { Array($0.path.dropLast()) })
  }

  private static func style(_ walk: KerasFileWalk) -> Style {
    if walk.root.links.contains(where: { $0.name == "model_weights" }) {
      return .legacy(root: ["model_weights"])
    }
    let hasLayerNames = walk.root.attributes.contains { $0.name.hasPrefix("layer_names") }
    if hasLayerNames { return .legacy(root: []) }
    let isNumbered = walk.arrays.contains { $0.path.dropLast().last == "vars" }
    return isNumbered ? .numbered : .plain
  }

  func variable(_ array: KerasFileWalk.Array) -> Variable {
    switch style {
    case .legacy(let root): legacy(array, root)
    case .numbered: numbered(array)
    case .plain: plain(array.path)
    }
  }

  private func plain(_ path: [String]) -> Variable {
    Variable(name: path.joined(separator: "/"), role: KerasVariables.role(of: path.last ?? ""))
  }
}

extension KerasNaming.Style: Equatable {}

// MARK: Names in the file

extension KerasNaming {
  private func legacy(_ array: KerasFileWalk.Array, _ root: [String]) -> Variable {
    let path = array.path
    guard path.starts(with: root), path.count > root.count + 1 else {
      let isOptimizer = path.first == "optimizer_weights"
      let name = path.joined(separator: "/").withoutOutputNumber
      return Variable(
        name: name, role: isOptimizer ? .optimizerState : KerasVariables.role(of: name))
    }
    let layer = path[root.count]
    var parts = path.dropFirst(root.count + 1).flatMap { $0.split(separator: "/") }.map(String.init)
    if parts.count > 1, !parts.contains(layer) {
      // TensorFlow numbers the variables of a session: those of `conv_1` may be of `conv_1_1`.
      parts = [layer] + parts.dropFirst(parts[0].withoutCounter == layer ? 1 : 0)
    }
    let name = parts.joined(separator: "/").withoutOutputNumber
    let last = parts.last?.withoutOutputNumber ?? name
    return Variable(name: name, role: KerasVariables.role(of: last))
  }
}

// MARK: Numbers in the file

extension KerasNaming {
  /// Containers of objects, which are no part of a variable's name.
  private static let containers: Set = ["layers", "_layer_checkpoint_dependencies"]

  private func numbered(_ array: KerasFileWalk.Array) -> Variable {
    let path = array.path
    guard path.dropLast().last == "vars" else { return plain(path) }
    guard path.first != "optimizer" else {
      return Variable(name: path.joined(separator: "/"), role: .optimizerState)
    }
    let object = Array(path.dropLast(2))
    let last = variableName(array)
    let parts = ownerNames(object) + [last]
    return Variable(name: parts.joined(separator: "/"), role: KerasVariables.role(of: last))
  }

  /// The names of the layers around a variable, outermost first.
  private func ownerNames(_ object: [String]) -> [String] {
    object.indices.compactMap { index in
      guard !Self.containers.contains(object[index]) else { return nil }
      return objectNames[Array(object[...index])] ?? object[index]
    }
  }

  /// The variable's own name, by the kind of its layer and its number.
  private func variableName(_ array: KerasFileWalk.Array) -> String {
    let group = Array(array.path.dropLast())
    let object = Array(group.dropLast())
    let number = array.path.last ?? ""
    let kinds = [object.last, objectNames[object]].compactMap(\.self).map(\.withoutCounter)
    guard let index = Int(number), let count = counts[group],
      let names = KerasVariables.names(
        kinds: kinds, count: count, isQuantized: hasQuantizedKernel.contains(group)),
      names.indices.contains(index)
    else { return "vars/\(number)" }
    return names[index]
  }
}

extension String {
  /// A name of TensorFlow without the number of the output: `kernel:0`.
  fileprivate var withoutOutputNumber: String { hasSuffix(":0") ? String(dropLast(2)) : self }

  /// A name that Keras made up without its counter: `conv2d_3` is the fourth `conv2d`.
  var withoutCounter: String {
    guard let underscore = lastIndex(of: "_"), underscore != startIndex,
      Int(self[index(after: underscore)...]) != nil
    else { return self }
    return String(self[..<underscore])
  }
}

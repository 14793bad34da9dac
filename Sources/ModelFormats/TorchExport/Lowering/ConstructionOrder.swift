import ModelGraph

/// The order in which a live module's constructor makes its tensors, as far as an export tells.
///
/// A program lists the parameters module by module, shared ones at each of their places, and all state
/// after them. State is taken to be made after the parameters of its module and of the modules in it;
/// where there are none, after those of the nearest module around it.
struct ConstructionOrder {
  /// The names of all parameters and all state as the modules list them, and as they are made.
  private let listed: [String]
  private let names: [String]

  /// What is made on the way and is none of the model's.
  private let dropped: DroppedClassifier?

  private let state: Set<String>
  private let isOfTransformers: Bool

  /// The masks of the future that modules keep, by name.
  private let triangles: [String: FutureMask]
  private let heads: Set<Substring>

  init(_ program: ExportedProgram) {
    let stored = program.body.inputs.flatMap(\.tensorNames).compactMap { program.stored[$0] }
    let parameters = stored.filter { $0.role == .parameter }.map(\.name)
    let state = stored.filter { $0.role == .state }.map(\.name)
    listed = Self.interleaved(parameters, state)
    triangles = FutureMask.all(in: program)
    names = ConstructionHabits.made(listed, triangles: Set(triangles.keys))
    dropped = DroppedClassifier(program)
    isOfTransformers = program.isOfTransformers
    self.state = Set(isOfTransformers ? state : [])
    heads = Set(program.body.nodes.filter(\.isLinear).map { $0.module[...] })
  }

  /// What the constructor makes; the tensors that it shares are made apart, and dropped at the end.
  func construction(of tensors: [Tensor]) -> Construction {
    let types = Dictionary(tensors.map { ($0.name, $0.type) }) { first, _ in first }
    var steps: [Construction.Step] = []
    var open: [SineTable] = []
    let replaced = replacedInParts(tensors)
    var part: Substring = ""
    for name in names {
      guard let type = types[name] else { continue }
      if name.part != part {
        steps += replaced[part]?.reversed().map { .drop($0) } ?? []
        part = name.part
      }
      // A model sets its weights when all its modules are made.
      while let table = open.last, !name.hasPrefix(table.name.parentPath.parentPath) {
        steps += table.initialization
        open.removeLast()
      }
      let table = state.contains(name) ? SineTable(name, type) : nil
      steps +=
        triangles[name]?.construction(type) ?? table?.construction ?? [.make(name, type)]
      if let dropped, name == dropped.predecessor { steps += dropped.construction }
      if let table { open.append(table) }
    }
    steps += open.reversed().flatMap(\.initialization)
    return Construction(steps: steps, registered: listed)
  }

  /// The tensors that one storage replaces, by the part of the model that they all are in.
  ///
  /// A model of transformers shares its tensors when it has made them, and so does a model that is a part of one: what
  /// encoder and decoder share is dropped before the output layer is made.
  /// Source: `post_init` of `modeling_utils.py`, transformers 5.23.
  private func replacedInParts(_ tensors: [Tensor]) -> [Substring: [String]] {
    guard isOfTransformers else { return [:] }
    let storages = Dictionary(tensors.map { ($0.name, $0.storage) }) { first, _ in first }
    var replaced: [Substring: [String]] = [:]
    for (part, names) in Dictionary(grouping: names, by: \.part) {
      let known = Dictionary(grouping: names.filter { storages[$0] != nil }) { storages[$0] }
      replaced[part] = names.filter { known[storages[$0]].map { $0.count > 1 } ?? false }
    }
    return replaced
  }

  /// The tensors, of those that share a storage the one first that the others are replaced by: an
  /// output layer takes over the table of the embedding, wherever it stands.
  func ownersFirst(_ tensors: [Tensor]) -> [Tensor] {
    let places = Dictionary(names.enumerated().map { ($1, $0) }) { first, _ in first }
    func rank(_ tensor: Tensor) -> (Int, Int) {
      let isHead = heads.contains(tensor.name.parentPath)
      return (isHead ? 1 : 0, places[tensor.name] ?? .max)
    }
    var groups = Dictionary(grouping: tensors, by: \.storage).filter { $0.value.count > 1 }
    for (storage, group) in groups { groups[storage] = group.sorted { rank($0) > rank($1) } }
    return tensors.map { groups[$0.storage]?.popLast() ?? $0 }
  }

  private static func interleaved(_ parameters: [String], _ state: [String]) -> [String] {
    let lasts = lastPlaces(parameters)
    let firsts = state.contains(where: \.isTableOfPositions) ? firstPlaces(parameters) : [:]
    var followers: [Int: [String]] = [:]
    for name in state {
      let place =
        name.isTableOfPositions
        ? name.modulePaths.lazy.compactMap { path in
          firsts[path].map { lasts[parameters[$0].child(of: path)] ?? $0 }
        }.first : name.modulePaths.lazy.compactMap { lasts[$0] }.first
      followers[place ?? parameters.count - 1, default: []].append(name)
    }
    return (followers[-1] ?? [])
      + parameters.enumerated().flatMap { [$1] + (followers[$0] ?? []) }
  }

  /// The place of the last name in each module.
  private static func lastPlaces(_ names: [String]) -> [Substring: Int] {
    var places: [Substring: Int] = [:]
    for (index, name) in names.enumerated() {
      let next = names.indices.contains(index + 1) ? names[index + 1] : ""
      // Modules that the next name is in, too, have that later.
      for path in name.modulePaths {
        if next.isInModule(path) { break }
        places[path] = index
      }
    }
    return places
  }

  private static func firstPlaces(_ names: [String]) -> [Substring: Int] {
    var places: [Substring: Int] = [:]
    for (index, name) in names.enumerated() {
      for path in name.modulePaths where places[path] == nil { places[path] = index }
    }
    return places
  }
}

extension String {
  /// The paths of the modules that a tensor is in, the innermost first.
  var modulePaths: [Substring] {
    let dots = utf8.indices.lazy.filter { utf8[$0] == UInt8(ascii: ".") && $0 != startIndex }
    return dots.prefix(Self.maximumDepth).map { self[..<$0] }.reversed()
  }

  /// The child of the model that a tensor is in; its own name if it is the model's.
  fileprivate var part: Substring { prefix { $0 != "." } }

  fileprivate var isTableOfPositions: Bool { hasSuffix("embed_positions.weights") }

  /// Whether a tensor is in a module or in one of those in it.
  fileprivate func isInModule(_ path: Substring) -> Bool {
    let rest = utf8.dropFirst(path.utf8.count)
    return rest.first == UInt8(ascii: ".") && utf8.starts(with: path.utf8)
  }

  /// The path of the module in a module that a tensor is in; empty if it is the module's own.
  ///
  /// Places are known right after the tokens, or after what makes tokens of sounds.
  fileprivate func child(of path: Substring) -> Substring {
    modulePaths.last { $0.utf8.count > path.utf8.count } ?? ""
  }

  /// Deeper modules are not told apart: no tree of them nests so deep.
  private static var maximumDepth: Int { 64 }
}

extension StringProtocol where SubSequence == Substring {
  /// The path of the module that a name belongs to; empty if it is the model itself.
  fileprivate var parentPath: Substring { self[..<(lastIndex(of: ".") ?? startIndex)] }
}

extension ExportedNode {
  fileprivate var isLinear: Bool {
    ["linear", "addmm", "mm", "matmul"].contains(target.name)
  }
}

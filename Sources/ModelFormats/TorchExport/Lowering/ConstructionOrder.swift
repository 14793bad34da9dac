import ModelGraph

/// The order in which a live module's constructor makes its tensors, as far as an export tells.
///
/// A program lists the parameters module by module, shared ones at each of their places, and all state
/// after them. State is taken to be made after the parameters of its module and of the modules in it;
/// where there are none, after those of the modules that the program lists before it or, if it lists no
/// modules, of the nearest module around it.
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
  private let windows: WindowTables
  private let body: ExportedBody

  /// The modules whose weights are drawn anew where they lie too far off.
  private let bounded: Set<String>

  /// Reads what a program and the list of its weights tell.
  init(_ program: ExportedProgram, _ weights: WeightConfiguration) {
    let registered = RegisteredNames(program, weights)
    let (parameters, state) = (registered.parameters, registered.state)
    listed = Self.interleaved(parameters, state, program.modules)
    triangles = FutureMask.all(in: program)
    windows = WindowTables(program.body)
    names = windows.ordered(ConstructionHabits.made(listed, triangles: Set(triangles.keys)))
    dropped = DroppedClassifier(program)
    isOfTransformers = program.isOfTransformers
    self.state = Set(isOfTransformers ? state : [])
    body = program.body
    var bounded: Set<String> = []
    for index in body.nodes.indices
    where isOfTransformers && body.nodes[index].hasBoundedWeights {
      bounded.insert(body.nodes[index].module)
    }
    self.bounded = bounded
  }

  /// What the constructor makes; the tensors that it shares are made apart, and dropped at the end, or by a
  /// model of transformers when all of it is made.
  func construction(of tensors: [Tensor]) -> Construction.Order {
    let types = Self.firsts(tensors, \.type.asConstructed)
    let storages = isOfTransformers ? Self.firsts(tensors, \.storage) : [:]
    var steps: [Construction.Step] = []
    var open: [ComputedTable] = []
    var part: [String] = []
    let copies = LayerCopies(names)
    for name in names {
      guard let type = types[name] else { continue }
      // A model sets its weights when all its modules are made.
      while let table = open.last, !name.hasPrefix(table.model) {
        steps += table.initialization
        open.removeLast()
      }
      if let last = part.last, last.firstPart != name.firstPart {
        steps += settling(part, types) + (isOfTransformers ? tying(part, storages) : [])
        part = []
      }
      part.append(name)
      let table = state.contains(name) ? ComputedTable(name, type, among: state) : nil
      let normed = NormedWeight(lengths: name, types)
      steps += copies.construction(before: name, types)
      steps +=
        triangles[name]?.construction(type) ?? table?.construction ?? normed?.construction
        ?? windows.construction(of: name, types) ?? [.make(name, type)]
      if let dropped, name == dropped.predecessor { steps += dropped.construction }
      steps += copies.drops(after: name)
      if let table { open.append(table) }
    }
    steps += open.reversed().flatMap(\.initialization) + settling(part, types)
    steps += copies.drops(after: nil)
    return Construction.Order(steps: steps, registered: listed)
  }

  /// What tensors have, by their names; of some with the same name, what the first has.
  private static func firsts<Value>(
    _ tensors: [Tensor], _ value: (Tensor) -> Value
  ) -> [String: Value] {
    var found: [String: Value] = [:]
    found.reserveCapacity(tensors.count)
    for tensor in tensors.reversed() { found[tensor.name] = value(tensor) }
    return found
  }

  /// Sets the weights of a part of the model: looks through those that are drawn anew where they lie too far off.
  private func settling(_ part: [String], _ types: [String: TensorType]) -> [Construction.Step] {
    let weights =
      isOfTransformers ? part.compactMap { NormedWeight(lengths: $0, types) } : []
    let masks = part.flatMap { name -> [Construction.Step] in
      guard let mask = triangles[name], let type = types[name] else { return [] }
      return mask.initialization(type)
    }
    let computed = weights.flatMap(\.initialization) + masks
    guard !bounded.isEmpty else { return computed }
    return computed
      + part.compactMap { name in
        guard let type = types[name], type.rank > 1, bounded.contains(String(name.parentPath))
        else {
          return nil
        }
        return .check(type)
      }
  }

  /// Drops tensors of a part of the model that others of it replace, in the order in which they were made.
  private func tying(_ part: [String], _ storages: [String: Int]) -> [Construction.Step] {
    let groups = Dictionary(grouping: part) { storages[$0] }
    return part.filter { groups[storages[$0]].map { $0.count > 1 } ?? false }.map { .drop($0) }
  }

  /// The tensors, of those that share a storage the one first that the others are replaced by: an
  /// output layer takes over the table of the embedding, wherever it stands.
  func ownersFirst(_ tensors: [Tensor]) -> [Tensor] {
    var counts: [Int: Int] = [:]
    for tensor in tensors { counts[tensor.storage, default: 0] += 1 }
    let shared = tensors.filter { counts[$0.storage] ?? 0 > 1 }
    let asked = Set(shared.map(\.name))
    var places: [String: Int] = [:]
    for (place, name) in names.enumerated() where asked.contains(name) {
      places[name] = places[name] ?? place
    }
    let heads = Set(
      body.nodes.indices.filter { body.nodes[$0].isLinear }.map { body.nodes[$0].module[...] })
    func rank(_ tensor: Tensor) -> (Int, Int) {
      let isHead = heads.contains(tensor.name.parentPath)
      return (isHead ? 1 : 0, places[tensor.name] ?? .max)
    }
    var groups = Dictionary(grouping: shared, by: \.storage)
    for (storage, group) in groups { groups[storage] = group.sorted { rank($0) > rank($1) } }
    return tensors.map { groups[$0.storage]?.popLast() ?? $0 }
  }

  private static func interleaved(
    _ parameters: [String], _ state: [String], _ modules: [String]
  ) -> [String] {
    let lasts = lastPlaces(parameters)
    let befores = Deferred { placesBefore(modules, parameters) }
    let firsts = state.contains(where: \.isTableOfPositions) ? firstPlaces(parameters) : [:]
    var followers: [Int: [String]] = [:]
    for name in state {
      let own = name.parentPath
      let isTable = name.isTableOfPositions
      if !own.isEmpty {
        let last = lasts[own]
        if let place = last == nil ? befores.value[String(own)] : isTable ? nil : last {
          followers[place, default: []].append(name)
          continue
        }
      }
      let place =
        isTable
        ? name.modulePaths.firstValue { path in
          firsts[path].map { lasts[parameters[$0].child(of: path)] ?? $0 }
        } : name.modulePaths.firstValue { lasts[$0] }
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

  /// The place of the last name before each module; -1 if there is none.
  private static func placesBefore(
    _ modules: [String], _ names: [String]
  ) -> NameMap<Int> {
    // Those of one module stand in a row more often than not.
    var own: NameMap<Int> = [:]
    for (index, name) in names.enumerated() {
      let path = name.parentPath
      let next = names.indices.contains(index + 1) ? names[index + 1].parentPath : nil
      if path != next { own[String(path)] = index }
    }
    var places: NameMap<Int> = [:]
    var last = -1
    for module in modules where places[module] == nil {
      places[module] = last
      last = max(last, own[module] ?? -1)
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

extension TensorType {
  /// The type that a constructor makes it in: half types come of a cast of the whole module, as by `to(torch.bfloat16)`.
  fileprivate var asConstructed: TensorType {
    [.bfloat16, .float16].contains(dataType) ? TensorType(.float32, shape) : self
  }
}

extension Sequence {
  /// The first value that is made of an element.
  fileprivate func firstValue<Value>(_ make: (Element) -> Value?) -> Value? {
    for element in self {
      if let value = make(element) { return value }
    }
    return nil
  }
}

extension String {
  /// The paths of the modules that a tensor is in, the innermost first.
  var modulePaths: some Sequence<Substring> {
    sequence(state: self[...]) { rest -> Substring? in
      guard let dot = rest.utf8.lastIndex(of: UInt8(ascii: ".")), dot != rest.startIndex else {
        return nil
      }
      rest = rest[..<dot]
      return rest
    }.prefix(Self.maximumDepth)
  }

  fileprivate var firstPart: Substring {
    self[..<(utf8.firstIndex(of: UInt8(ascii: ".")) ?? endIndex)]
  }

  fileprivate var isTableOfPositions: Bool { hasSuffix("embed_positions.weights") }

  /// Whether a tensor is in a module or in one of those in it.
  fileprivate func isInModule(_ path: Substring) -> Bool {
    let rest = utf8.dropFirst(path.utf8.count)
    return rest.first == UInt8(ascii: ".") && startsWithBytes(of: path)
  }

  /// The path of the module in a module that a tensor is in; empty if it is the module's own.
  ///
  /// Places are known right after the tokens, or after what makes tokens of sounds.
  fileprivate func child(of path: Substring) -> Substring {
    modulePaths.filter { $0.utf8.count > path.utf8.count }.last ?? ""
  }

  /// Deeper modules are not told apart: no tree of them nests so deep.
  private static var maximumDepth: Int { 64 }
}

extension String {
  fileprivate var parentPath: Substring { self[...].parentPath }
}

extension Substring {
  /// The path of the module that a name belongs to; empty if it is the model itself.
  var parentPath: Substring {
    self[..<(utf8.lastIndex(of: UInt8(ascii: ".")) ?? startIndex)]
  }
}

extension ExportedNode {
  /// Whether it reads a weight that a model of transformers looks through for numbers that lie too far off.
  ///
  /// Source: `_init_weights` of the files, transformers 5.23.
  fileprivate var hasBoundedWeights: Bool {
    let isTable = target.name == "embedding"
    guard isOfTransformers,
      isTable || target.name == "linear" || target.name.hasPrefix("conv")
    else { return false }
    let files = isTable ? Self.filesBoundingTables : Self.filesBoundingWeights
    return frames.contains { files.contains($0.file) }
  }

  private static let filesBoundingTables: Set = [
    "modeling_modernbert.py", "modeling_modernbert_decoder.py",
  ]

  private static let filesBoundingWeights = filesBoundingTables.union([
    "modeling_siglip.py", "modeling_siglip2.py", "modeling_dinov2.py",
    "modeling_dinov2_with_registers.py", "modeling_dinov3_vit.py", "modeling_pvt.py",
    "modeling_pvt_v2.py", "modeling_ijepa.py", "modeling_timesformer.py", "modeling_cvt.py",
    "modeling_hiera.py", "modeling_swiftformer.py",
  ])

  fileprivate var isLinear: Bool {
    ["linear", "addmm", "mm", "matmul"].contains(target.name)
  }
}

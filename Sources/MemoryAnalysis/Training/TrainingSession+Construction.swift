import ModelGraph
import Operators

extension TrainingSession {
  /// The parameters and the state, in the order in which the modules list them.
  static func registered(_ graph: Graph) -> [ValueID] {
    let stored = graph.values.indices.map { ValueID($0) }.filter {
      graph[$0].role == .parameter || graph[$0].role == .state
    }
    return sorted(stored, by: graph.construction?.registered ?? [], graph)
  }

  /// The places of the state that no module lists.
  static func unregistered(_ ids: [ValueID], _ graph: Graph) -> Set<Int> {
    guard let construction = graph.construction else { return [] }
    let places = places(of: construction.registered)
    let others = ids.filter {
      graph[$0].role == .state && places[NameKey(graph[$0].name)] == nil
    }
    return Set(others.map(\.index))
  }

  /// The values in the order of `Module.to`, which goes to a module's children first.
  func childrenFirst(_ ids: [ValueID]) -> [ValueID] {
    let listed = facts.graph.construction?.registered ?? ids.map { facts.graph[$0].name }
    return Self.sorted(ids, by: ModulePaths.childrenFirst(listed), facts.graph)
  }

  private static func sorted(
    _ ids: [ValueID], by names: [String], _ graph: Graph
  ) -> [ValueID] {
    let places = places(of: names)
    return ids.enumerated()
      .map { (place: places[NameKey(graph[$1].name)] ?? .max, offset: $0, id: $1) }
      .sorted { ($0.place, $0.offset) < ($1.place, $1.offset) }
      .map(\.id)
  }

  private static func places(of names: [String]) -> [NameKey: Int] {
    firsts(names.indices) { names[$0] }
  }

  /// The values by their names.
  static func byName(_ ids: [ValueID], _ graph: Graph) -> [NameKey: ValueID] {
    firsts(ids) { graph[$0].name }
  }

  /// Elements by their names; of some with the same name, the first.
  private static func firsts<Elements: BidirectionalCollection>(
    _ elements: Elements, name: (Elements.Element) -> String
  ) -> [NameKey: Elements.Element] {
    var found: [NameKey: Elements.Element] = [:]
    found.reserveCapacity(elements.count)
    for element in elements.reversed() { found[NameKey(name(element))] = element }
    return found
  }

  func category(of id: ValueID) -> Trace.Category {
    facts.graph[id].role == .parameter ? .parameter : .state
  }

  /// Does what the constructor does; what is none of the model's goes at the end.
  ///
  /// Floating-point tensors are made in single precision, whatever they are cast to afterwards.
  mutating func construct(_ steps: [Construction.Step], _ stored: [ValueID]) {
    let ids = Self.byName(stored, facts.graph)
    var others: [(name: String, storage: Int)] = []
    for step in steps {
      switch step {
      case .make(let name, let type):
        let id = ids[NameKey(name)]
        let storage = machine.ledger.make(
          type.byteCount, id.map { category(of: $0) } ?? .workspace, named: name)
        guard let id, values[id.index] == nil else {
          others.append((name, storage))
          continue
        }
        values[id.index] = LiveTensor(storage: storage, layout: TensorLayout(type))
      case .drop(let name):
        guard let index = others.lastIndex(where: { $0.name == name }) else { continue }
        machine.ledger.release(others.remove(at: index).storage)
      case .reduce(let type, let axes):
        scratch(settings.environment.reductionScratch(of: type, over: axes))
      case .check(let type): check(type)
      }
    }
    for other in others { machine.ledger.release(other.storage) }
  }

  private mutating func scratch(_ sizes: [Int]) {
    let made = sizes.map {
      machine.ledger.make(ByteCount($0), .workspace, named: "initialization")
    }
    release(lastFirst: made)
  }

  /// Compares random numbers with two bounds, and looks whether any lies beyond.
  ///
  /// Source: `_no_grad_trunc_normal_` of `torch/nn/init.py`, PyTorch 2.15.
  private mutating func check(_ type: TensorType) {
    let mask = TensorType(.bool, type.shape)
    let sizes = [1] + settings.environment.reductionScratch(ofAll: mask)
    func make(_ count: Int) -> Int {
      machine.ledger.make(ByteCount(count), .workspace, named: "initialization")
    }
    let masks = (0..<3).map { _ in make(mask.elementCount) }
    for bound in masks.prefix(2) { machine.ledger.release(bound) }
    let found = sizes.map(make)
    release(lastFirst: masks.suffix(1) + found)
  }

  /// Casts what was made in single precision, tensor by tensor.
  mutating func castParameters(_ stored: [ValueID]) {
    let made = stored.filter(isMadeInAnotherType)
    guard !made.isEmpty else { return }
    for id in childrenFirst(made) {
      guard let wide = values[id.index] else { continue }
      hold(id, category(of: id))
      machine.ledger.release(wide.storage)
    }
  }

  private func isMadeInAnotherType(_ id: ValueID) -> Bool {
    guard let made = values[id.index], let type = facts.graph[id].type.tensorType else {
      return false
    }
    return made.layout.dataType != type.dataType
  }

  /// Copies every batch of images and every kernel of a convolution, one after the other.
  mutating func putChannelsLast(_ ids: [ValueID]) {
    for id in ids {
      guard let tensor = values[id.index], tensor.layout.rank == 4,
        tensor.layout.dataType.isFloatingPoint, !tensor.layout.suggestsChannelsLast
      else { continue }
      hold(id, facts.graph[id].role == .input ? .input : .parameter)
      values[id.index]?.layout = TensorLayout(channelsLast: tensor.layout.type)
      machine.ledger.release(tensor.storage)
    }
  }
}

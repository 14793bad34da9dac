import ByteFormats

extension ObjectWalk {
  /// What an object holds, in order, each with its path.
  mutating func children(of frame: Frame, _ object: PickleObject) -> [Frame] {
    switch object.kind {
    case .list, .tuple, .set: numbered(object.elements, in: frame)
    case .dictionary: named(document.members(of: object), in: frame)
    case .call: children(ofCall: frame, object)
    case .global, .persistent: []
    }
  }

  private func numbered(_ values: ArraySlice<PickleValue>, in frame: Frame) -> [Frame] {
    values.enumerated().compactMap { index, value in child(value, "\(index)", in: frame) }
  }

  private func named(_ members: [PickleDocument.Member], in frame: Frame) -> [Frame] {
    var frame = frame
    if frame.section == .model,
      Section.isOptimizer(Set(members.compactMap { document.text($0.key) }))
    {
      frame.section = .optimizer
    }
    return members.enumerated().compactMap { index, member in
      child(member.value, keyText(member.key) ?? "key\(index)", in: frame)
    }
  }

  /// A value that may hold tensors, under a name.
  func child(_ value: PickleValue, _ name: String, in frame: Frame) -> Frame? {
    guard case .object = value else { return nil }
    var child = frame
    child.value = value
    child.path = frame.path.isEmpty ? name : "\(frame.path).\(name)"
    child.depth += 1
    if frame.section == .model, frame.depth < 2, !name.contains("."), !reading.isTensor(value),
      let section = Section(ofKey: name), moduleState(value) == nil || section == .average
    {
      child.section = section
    }
    return child
  }

  private func keyText(_ key: PickleValue) -> String? {
    switch key {
    case .text: document.text(key)
    case .integer(let number): "\(number)"
    case .boolean(let value): value ? "True" : "False"
    case .number(let number): "\(number)"
    case .none: "None"
    case .bytes, .wideInteger, .object: nil
    }
  }
}

// MARK: Calls

extension ObjectWalk {
  private mutating func children(ofCall frame: Frame, _ object: PickleObject) -> [Frame] {
    guard let call = reading.call(frame.value) else {
      unknownNames.insert("a function that the pickle computes")
      return contents(of: object, in: frame)
    }
    if call.name == "torch.jit._pickle.restore_type_tag" {
      var inner = frame
      inner.value = call[0]
      return [inner]
    }
    if let state = moduleState(frame.value) {
      moduleClasses.insert(call.name)
      return moduleChildren(state, in: frame)
    }
    if let parts = packedParts(call) { return packed(parts, in: frame) }
    note(reading.innerName(of: call))
    return call.name.hasPrefix(Self.scriptPrefix)
      ? scriptChildren(call, in: frame) : contents(of: object, in: frame)
  }

  /// What the names of TorchScript's classes begin with.
  private static let scriptPrefix = "__torch__."

  /// The attributes of an object of TorchScript; its class says which of them are trained.
  private func scriptChildren(_ call: TensorInterpretation.Call, in frame: Frame) -> [Frame] {
    let script = scriptClasses[call.name]
    return (pairs(call.state) ?? []).compactMap { member in
      guard let name = keyText(member.key), var inner = child(member.value, name, in: frame) else {
        return nil
      }
      let isObject =
        reading.call(member.value).map { call in
          call.name.hasPrefix(Self.scriptPrefix) || packedParts(call) != nil
        } ?? false
      inner.section = isObject ? frame.section : section(of: name, member.value, script)
      inner.isParameter = isObject ? nil : script.map { $0.parameters.contains(name) }
      return inner
    }
  }

  private func section(
    of name: String, _ value: PickleValue, _ script: ScriptClass?
  ) -> Section {
    guard reading.isTensor(value) else { return .other }
    guard let script else { return .model }
    return script.parameters.contains(name) || script.buffers.contains(name) ? .model : .other
  }

  private mutating func note(_ name: String) {
    if KnownGlobals.isUnsafe(name) {
      unsafeNames.insert(name)
    } else if !KnownGlobals.isPlain(name), !name.hasPrefix(Self.scriptPrefix) {
      unknownNames.insert(name)
    }
  }

  /// What any object may hold: elements or members, attributes, and what it was made of.
  private func contents(of object: PickleObject, in frame: Frame) -> [Frame] {
    let state = attributes(object.state ?? .none, in: frame)
    if let members = pairs(frame.value) { return named(members, in: frame) + state }
    return numbered(object.elements, in: frame) + state + made(of: object, in: frame)
  }

  /// The attributes in a dictionary, or in a tuple of a dictionary and of slots.
  private func attributes(_ state: PickleValue, in frame: Frame) -> [Frame] {
    if let members = pairs(state) { return named(members, in: frame) }
    return (document.elements(state) ?? []).flatMap { part in
      pairs(part).map { named($0, in: frame) }
        ?? child(part, "state", in: frame).map { [$0] } ?? []
    }
  }

  /// The arguments; a single one that is a list or a dictionary is what the object holds.
  private func made(of object: PickleObject, in frame: Frame) -> [Frame] {
    let arguments = object.arguments.flatMap(document.elements) ?? []
    guard arguments.count == 1, let only = arguments.first else {
      return numbered(arguments, in: frame)
    }
    if let members = pairs(only) { return named(members, in: frame) }
    return numbered(document.elements(only) ?? arguments, in: frame)
  }

  /// The keys and values of a dictionary or of an object like one.
  func pairs(_ value: PickleValue) -> [PickleDocument.Member]? {
    if let members = document.members(value) { return members }
    guard let object = document.object(value), object.kind == .call else { return nil }
    if object.isMapping { return document.members(of: object) }
    guard reading.call(value)?.name == "collections.OrderedDict" else { return nil }
    return listedPairs(reading.call(value)?[0] ?? .none)
  }

  /// The pairs of `OrderedDict([["a", 1], ["b", 2]])`, as Python 2 wrote it.
  private func listedPairs(_ value: PickleValue) -> [PickleDocument.Member] {
    (document.elements(value) ?? []).compactMap { pair in
      guard let parts = document.elements(pair), parts.count == 2, let key = parts.first,
        let value = parts.last
      else { return nil }
      return PickleDocument.Member(key: key, value: value)
    }
  }
}

// MARK: Modules

extension ObjectWalk {
  /// The attributes of a module of `torch.nn`, told by what every module has.
  func moduleState(_ value: PickleValue) -> [String: PickleValue]? {
    guard let state = document.object(value)?.state, state != .none else { return nil }
    let dictionary = pairs(state) == nil ? document.elements(state)?.first ?? .none : state
    guard let members = pairs(dictionary) else { return nil }
    var attributes: [String: PickleValue] = [:]
    for member in members {
      guard let name = document.text(member.key) else { continue }
      attributes[name] = member.value
    }
    return attributes["_modules"] != nil && attributes["_parameters"] != nil ? attributes : nil
  }

  /// The texts in a set, of whatever protocol.
  private func texts(_ set: PickleValue) -> Set<String> {
    let elements =
      document.elements(set)
      ?? reading.call(set).flatMap { document.elements($0[0]) } ?? []
    return Set(elements.compactMap(document.text))
  }

  /// Parameters, buffers and modules, in the order of PyTorch's `state_dict`.
  private mutating func moduleChildren(
    _ state: [String: PickleValue], in frame: Frame
  ) -> [Frame] {
    var packed: [Frame] = []
    for (name, value) in state.sorted(by: { $0.key < $1.key }) {
      if let call = reading.call(value), packedParts(call) != nil {
        packed += child(value, name, in: frame).map { [$0] } ?? []
        continue
      }
      guard !name.hasPrefix("_") else { continue }
      guard var attribute = child(value, name, in: frame) else { continue }
      attribute.section = .other
      attribute.isAttribute = true
      lookLater(at: attribute)
    }
    let passing = state["_non_persistent_buffers_set"].map(texts) ?? []
    let kinds: [(String, Bool?)] = [("_parameters", true), ("_buffers", false), ("_modules", nil)]
    return packed
      + kinds.flatMap { key, isParameter in
        (state[key].flatMap(pairs) ?? []).compactMap { member -> Frame? in
          let name = keyText(member.key) ?? ""
          guard var inner = child(member.value, name, in: frame) else { return nil }
          // Buffers that no state_dict would hold are no state.
          inner.section = isParameter == false && passing.contains(name) ? .other : frame.section
          inner.isParameter = isParameter
          return inner
        }
      }
  }
}

import ModelGraph

/// What type casts, and softmaxes, ask for where a program was traced in single precision.
///
/// An export in single precision says `float32` for `x.float()`, for `x.to(y.dtype)` and for
/// `x.to(input_dtype)` alike. Python's method tells the first; of the others, the statement says the name:
/// that of a tensor, or of a variable that a module keeps the type of what it is given in before it goes on
/// in single precision, as in
///
/// ```
/// input_dtype = x.dtype
/// x = x.to(torch.float32)
/// return self.weight * norm(x).to(input_dtype)
/// ```
struct CastTypes {
  /// The program with the casts to single precision marked as such.
  var body: ExportedBody

  /// The tensor whose type a cast asks for, by the name of the result.
  var models: [String: String] = [:]

  /// The node that runs, and how many casts of its statement ran before it.
  private var place: (frame: PythonFrame, casts: Int)?

  /// What was first cast to single precision in each call of a module.
  private var raised: [PythonFrame.Call: String] = [:]

  /// What the variables hold of each call in which a cast may ask for the type of one.
  private var variables: [PythonFrame.Call: [String: Variable]] = [:]

  /// What a statement gives a variable, and what it held before.
  private struct Variable {
    var value: String
    var statement: PythonFrame
    var former: String?

    mutating func take(_ value: String, in statement: PythonFrame) {
      if statement != self.statement { former = self.value }
      (self.value, self.statement) = (value, statement)
    }
  }

  init(_ program: ExportedBody) {
    body = program
    guard program.nodes.contains(where: \.asksForType) else {
      markSoftmaxes()
      return
    }
    let uses = Deferred { TensorUses(program) }
    for call in program.nodes.compactMap(\.callNamingTypes) { variables[call] = [:] }
    for index in program.nodes.indices where program.nodes[index].mayTellTypes(!variables.isEmpty) {
      let node = program.nodes[index]
      guard let frame = node.frames.last else { continue }
      if node.target.isCast { look(at: index, frame, uses) }
      if node.target.isSoftmax {
        let isSingle = isSingle(node, frame, uses)
        body.nodes[index].frames[node.frames.count - 1].namesSinglePrecision = isSingle
        if !isSingle, let name = frame.softmaxType, let result = node.outputs.first ?? nil {
          models[result] = model(named: name, in: frame)
        }
      }
      // Of a statement of several nodes the last one's result stays.
      guard let result = node.outputs.first ?? nil else { continue }
      if !variables.isEmpty { assign(result, in: node) }
    }
    tellUnseenCalls(uses)
    markMadeOfIntegers(uses)
  }

  /// Gives the variables of a node's statements what it makes.
  private mutating func assign(_ result: String, in node: ExportedNode) {
    for frame in node.frames where frame.targets.count == 1 {
      let variable = Variable(value: result, statement: frame)
      variables[frame.call]?[frame.targets[0], default: variable].take(result, in: frame)
    }
  }

  /// Says of the softmaxes of a program without casts that they are asked for no type.
  private mutating func markSoftmaxes() {
    for (index, node) in body.nodes.enumerated()
    where node.target.isSoftmax && !node.frames.isEmpty {
      body.nodes[index].frames[node.frames.count - 1].namesSinglePrecision = false
    }
  }

  /// Whether a softmax that is asked for a type is asked for single precision.
  ///
  /// Of a function whose statements are not told, that is known of what is cast back.
  private func isSingle(_ node: ExportedNode, _ frame: PythonFrame, _ uses: Deferred<TensorUses>)
    -> Bool
  {
    if let name = frame.softmaxType { return name.isEmpty || Self.isSingle(name) }
    let result = node.outputs.first ?? nil
    let readers = result.map { uses.value.directReaders(of: $0) } ?? []
    return readers.contains { body.nodes[$0].target.isCast }
  }

  private static func isSingle(_ name: String) -> Bool {
    name.contains("float32") || name == "torch.float"
  }

  private mutating func look(at index: Int, _ frame: PythonFrame, _ uses: Deferred<TensorUses>) {
    let node = body.nodes[index]
    let name = requested(by: node, frame)
    guard let operand = node.operand else { return }
    let isOnDevice = name == "" || name == nil && isCast(operand, in: frame, uses)
    if isOnDevice, body.castsNothing(node), let result = node.outputs.first ?? nil {
      models[result] = operand
    }
    guard let name, name != "" else {
      // What else the line names is asked of something else.
      if node.method == "to", !frame.castTypes.isEmpty {
        body.nodes[index].frames[node.frames.count - 1].namesSinglePrecision = false
      }
      return
    }
    if node.method == "float" { noteRaised(operand, frame) }
    let isSingle = Self.isSingle(name)
    body.nodes[index].frames[node.frames.count - 1].namesSinglePrecision = isSingle
    guard body.castsNothing(node), let result = node.outputs.first ?? nil else { return }
    if isSingle {
      raised[frame.call] = raised[frame.call] ?? operand
    } else {
      // A statement that goes on over several lines has not given its variable a value yet.
      let goesOn =
        frame.closesBracket && name.hasSuffix(".dtype")
        && variables[frame.call]?[String(name.dropLast(6))]?.value == operand
      let partner = goesOn ? partner(of: index, uses.value) : nil
      models[result] = partner ?? model(named: name, in: frame)
    }
  }

  /// Notes what an argument holds, which no statement has given it, where it is raised, as in
  /// `x * torch.rsqrt(x.float().square()).to(x.dtype)`.
  private mutating func noteRaised(_ operand: String, _ frame: PythonFrame) {
    guard let name = frame.raised?.variable, variables[frame.call]?[name] == nil else { return }
    variables[frame.call]?[name] = Variable(value: operand, statement: frame, former: operand)
  }

  /// The type that a cast asks for, in Python's words; `nil` if they are not known.
  private mutating func requested(by node: ExportedNode, _ frame: PythonFrame) -> String? {
    if node.method == "float" { return "float32" }
    if node.method == "type_as" { return "type" }
    guard node.method == "to", !frame.castTypes.isEmpty else { return nil }
    let isSameStatement = place.map { $0.frame == frame } ?? false
    let count = isSameStatement ? place?.casts ?? 0 : 0
    place = (frame, count + 1)
    return frame.castTypes[count % frame.castTypes.count]
  }

  /// Whether a cast of the same statement made a tensor, so that the next one is for a device, as in
  /// `positions.type_as(x).to(device=x.device, copy=True)`.
  private func isCast(_ name: String, in frame: PythonFrame, _ uses: Deferred<TensorUses>) -> Bool {
    guard let maker = uses.value.makers[name] else { return false }
    return body.nodes[maker].target.isCast && body.nodes[maker].frames.last == frame
  }

  /// The tensor that a name of a type in a statement is the type of; `nil` if it is not known.
  private func model(named name: String, in statement: PythonFrame) -> String? {
    let parts = name.split(separator: ".")
    if parts.count == 1 { return name.contains("dtype") ? raised[statement.call] : nil }
    guard parts.count == 2, parts[1] == "dtype",
      let variable = variables[statement.call]?[String(parts[0])]
    else { return nil }
    // A statement reads its own variable before it gives it another value.
    return variable.statement == statement ? variable.former : variable.value
  }
}

extension ExportedNode {
  /// Whether anything can be learned of types from it, given whether names of variables are asked for.
  fileprivate func mayTellTypes(_ tellsVariables: Bool) -> Bool {
    tellsVariables || target.isCast || target.isSoftmax
  }

  /// Whether it asks for a type, or may.
  fileprivate var asksForType: Bool {
    target.isCast || target.isSoftmax && frames.last?.softmaxType != nil
  }

  /// The call in which it may ask for the type of a tensor by a variable's name.
  fileprivate var callNamingTypes: PythonFrame.Call? {
    guard asksForType, let frame = frames.last else { return nil }
    let types = frame.castTypes + [frame.softmaxType]
    return types.contains { $0?.hasSuffix(".dtype") ?? false } ? frame.call : nil
  }
}

extension AtenTarget {
  fileprivate var isSoftmax: Bool { name == "softmax" || name == "log_softmax" }
}

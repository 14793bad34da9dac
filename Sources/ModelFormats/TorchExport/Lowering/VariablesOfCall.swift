/// What the variables of a call of a module hold while its statements run.
struct VariablesOfCall {
  var frame: PythonFrame

  /// The first node of the statement that runs.
  var start: Int
  var variables: NameMap<String> = [:]

  /// What a variable holds besides, where a call has returned several tensors.
  var extras: NameMap<[String]> = [:]

  /// What the lists hold that comprehensions have given variables.
  private var lists: [String: [String]] = [:]

  /// What statements have given variables, in order.
  private(set) var given: [String] = []

  /// The only variable that its statement reads of which nothing is known; `nil` if there are several.
  var unknownName: String? {
    var unknown: String?
    for name in frame.statement.contentNames
    where variables[name] == nil && !isKnown(name, toHoldOneOf: []) {
      guard unknown == nil else { return nil }
      unknown = name
    }
    return unknown
  }

  /// The variables' names in the order in which they were first read or given a value.
  private(set) var names: [String] = []
  private var known: NameSet = []

  /// The names in the order in which they let go when the call returns: arguments go in the order of the signature, in which places
  /// stand before what takes the place of tokens.
  ///
  /// Source: the signatures of 265 of 276 models that give both a value, transformers 5.23.
  var namesInOrder: [String] {
    guard let places = names.firstIndex(of: "position_ids"),
      let embeddings = names[..<places].firstIndex(of: "inputs_embeds")
    else { return names }
    var names = names
    names.insert(names.remove(at: places), at: embeddings)
    return names
  }

  /// The variables of the statement whose bracket a line closes.
  private(set) var openTargets: [String]

  init(frame: PythonFrame, start: Int) {
    (self.frame, self.start, openTargets) = (frame, start, frame.targets)
  }

  /// Goes on to the statement that begins at a node.
  mutating func go(to next: PythonFrame, at node: Int) {
    (frame, start) = (next, node)
    if !next.closesBracket { openTargets = next.targets }
    note(next.statement)
  }

  /// Notes the names of a statement before it runs: those that have no value yet are arguments.
  mutating func note(_ statement: PythonStatement) {
    for name in statement.names where known.insert(name).inserted { names.append(name) }
  }

  /// Adds members to the list that a variable is being given.
  mutating func collect(_ outputs: [String?], in target: String) {
    let members = outputs.compactMap(\.self)
    for member in members { _ = assign(member, to: "\(target)[\(member)]") }
    lists[target, default: []] += members
  }

  /// Gives a member of a list that a variable holds another value, and returns the member that went; `nil` if it holds no list.
  mutating func replaceMember(
    of target: String, with value: String, where isReplaced: (String) -> Bool
  ) -> String? {
    guard let members = lists[target], let place = members.firstIndex(where: isReplaced) else {
      return nil
    }
    lists[target]?[place] = value
    variables["\(target)[\(members[place])]"] = nil
    _ = assign(value, to: "\(target)[\(value)]")
    return members[place]
  }

  /// Whether a variable holds one of some tensors, or a list.
  func isKnown(_ name: String, toHoldOneOf tensors: Set<String>) -> Bool {
    lists[name] != nil || variables[name].map(tensors.contains) ?? false
  }

  /// Takes the list from a variable that is given something else, and returns its members.
  mutating func dropList(_ target: String) -> [String] {
    guard let members = lists.removeValue(forKey: target) else { return [] }
    return members.compactMap { variables.removeValue(forKey: "\(target)[\($0)]") }
  }

  /// The one of some tensors that a variable was given last; of those that came in as arguments, the first by name.
  func latest(of tensors: [String]) -> String? {
    given.last(where: Set(tensors).contains) ?? tensors.min()
  }

  /// Gives a variable a value, and returns its value until now.
  mutating func assign(_ value: String, to name: String) -> String? {
    if known.insert(name).inserted { names.append(name) }
    given.append(value)
    return variables.updateValue(value, forKey: name)
  }
}

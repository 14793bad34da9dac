extension PickleInterpreter {
  mutating func performContainer(_ opcode: PickleOpcode) throws(ByteError) {
    switch opcode {
    case .emptyList: try pushObject(.list, [])
    case .emptyTuple: try pushObject(.tuple, [])
    case .emptyDictionary: try pushObject(.dictionary, [])
    case .emptySet: try pushObject(.set, [])
    case .list: try pushObject(.list, Array(try popToMark()))
    case .tuple: try pushObject(.tuple, Array(try popToMark()))
    case .frozenSet: try pushObject(.set, Array(try popToMark()))
    case .dictionary: try pushObject(.dictionary, try paired(try popToMark()))
    case .tuple1: try pushTuple(1)
    case .tuple2: try pushTuple(2)
    case .tuple3: try pushTuple(3)
    case .append: try add([try pop()], to: .list)
    case .appends: try add(try popToMark(), to: .list)
    case .addItems: try add(try popToMark(), to: .set)
    case .setItem:
      let value = try pop()
      try add([try pop(), value], to: .dictionary)
    default: try add(ArraySlice(try paired(try popToMark())), to: .dictionary)
    }
  }

  private mutating func pushTuple(_ count: Int) throws(ByteError) {
    var items: [PickleValue] = []
    for _ in 0..<count { items.append(try pop()) }
    try pushObject(.tuple, items.reversed())
  }

  private func paired(_ items: ArraySlice<PickleValue>) throws(ByteError) -> [PickleValue] {
    guard items.count.isMultiple(of: 2) else { throw malformed("a value for every key", "none") }
    return Array(items)
  }

  mutating func performObject(_ opcode: PickleOpcode) throws(ByteError) {
    switch opcode {
    case .global: try pushGlobal(module: try readLine(), name: try readLine())
    case .stackGlobal:
      let name = try pop()
      try pushObject(.global, [try requireText(try pop()), try requireText(name)])
    case .extension1: try pushExtension(Int(try reader.read(UInt8.self)))
    case .extension2: try pushExtension(Int(try reader.read(UInt16.self)))
    case .extension4: try pushExtension(Int(try reader.read(UInt32.self)))
    case .reduce, .newObject:
      let arguments = try pop()
      try pushCall(try pop(), arguments)
    case .newObjectExtended: try pushExtendedCall()
    case .instance:
      let (module, name) = (try readLine(), try readLine())
      let arguments = Array(try popToMark())
      try pushGlobal(module: module, name: name)
      try pushObject(.tuple, arguments)
      try performObject(.reduce)
    case .object:
      var items = try popToMark()
      guard let callee = items.popFirst() else { throw malformed("a class", "nothing") }
      try pushObject(.tuple, Array(items))
      try pushCall(callee, try pop())
    case .build: try setState(try pop())
    case .persistentID:
      try pushText(try readLine())
      try pushObject(.persistent, [try pop()])
    default: try pushObject(.persistent, [try pop()])
    }
  }

  /// Notes that something would be called; it is not.
  private mutating func pushCall(
    _ callee: PickleValue, _ arguments: PickleValue
  ) throws(ByteError) {
    try pushObject(.call, [callee, arguments, .none])
  }

  /// Takes positional and named arguments, the named ones as a dictionary after the others.
  private mutating func pushExtendedCall() throws(ByteError) {
    let named = try pop()
    let positional = document.elements(try pop()) ?? []
    let callee = try pop()
    try pushObject(.tuple, positional + [named])
    try pushCall(callee, try pop())
  }

  private mutating func pushGlobal(module: String, name: String) throws(ByteError) {
    try pushText(module)
    try pushText(name)
    try performObject(.stackGlobal)
  }

  /// Names a class by a number that only the program knows which wrote the file.
  private mutating func pushExtension(_ code: Int) throws(ByteError) {
    try pushGlobal(module: "copyreg", name: "extension \(code)")
  }

  private func requireText(_ value: PickleValue) throws(ByteError) -> PickleValue {
    guard case .text = value else { throw malformed("the name of a class", "something else") }
    return value
  }
}

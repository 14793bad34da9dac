/// The types that a line of Python asks for.
extension ArraySlice<UInt8> {
  /// No statement casts more often; what more of them would ask for is not looked at.
  private static var maximumCasts: Int { 16 }

  /// What each `to` asks for, in order.
  var castTypes: [String?] {
    places(of: ".to(").prefix(Self.maximumCasts).map { place in
      let rest = self[(place + 4)...]
      let given = rest.beforeClosingBracket
      let arguments = given.split(separator: UInt8(ascii: ",")).map { argument in
        let value = argument.split(separator: UInt8(ascii: "=")).last ?? []
        return value.filter { $0 != UInt8(ascii: " ") }[...]
      }
      let isWhole = given.endIndex < rest.endIndex
      let asksForDevice = isWhole && arguments.contains { $0.contains("device") }
      let type = arguments.first { $0.contains("dtype") || $0.contains("float") }
      return type.map { String(decoding: $0, as: UTF8.self) } ?? (asksForDevice ? "" : nil)
    }
  }

  /// The type that a softmax is asked for.
  var softmaxType: String? {
    guard let call = places(of: "softmax(").first else { return nil }
    let given = self[(call + 8)...].beforeClosingBracket
    guard let keyword = given.places(of: "dtype=").first else { return "" }
    let name = given[(keyword + 6)...].prefix { $0 == UInt8(ascii: ".") || $0.continuesName }
    return String(decoding: name, as: UTF8.self)
  }

  /// What stands before the bracket closes that was opened before.
  private var beforeClosingBracket: Self {
    var depth = 0
    return prefix { byte in
      depth += byte == UInt8(ascii: "(") ? 1 : byte == UInt8(ascii: ")") ? -1 : 0
      return depth >= 0
    }
  }
}

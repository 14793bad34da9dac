/// What a statement of Python calls by name, as far as one line of its text tells.
struct PythonStatement: Hashable, Sendable {
  /// The attributes of `self` that it names, such as `norm1` in `self.norm1(x)`.
  var attributes: Set<String> = []

  /// Those of them that it calls.
  var methods: Set<String> = []

  /// The functions that it calls by a name alone, such as `window_partition(x, 7)`.
  var functions: Set<String> = []

  /// The methods of anything else that it calls, such as `reshape` in `q.reshape(2, 3)`.
  var members: Set<String> = []

  /// The names alone that it reads or assigns to, in order.
  var names: [String] = []

  /// The variables that it reads, such as `x` in `y = self.norm1(x)`.
  var readNames: Set<String> = []

  /// Those of them, without words of Python and modules of functions, of which it reads more than what
  /// they are, as `x.shape` and `x.dtype` tell.
  var contentNames: Set<String> = []

  /// The signs of arithmetic between its operands.
  var signs: Set<UInt8> = []

  /// Whether it gives an attribute of `self` a new value.
  var assignsAttribute = false

  /// Whether it calls `torch.utils.checkpoint.checkpoint`, however that is imported, or a function that does.
  var callsCheckpoint = false

  /// Whether it calls a function of transformers that makes an attention mask.
  var createsMask: Bool { functions.contains { $0.hasPrefix("create_") && $0.hasSuffix("_mask") } }

  init() {}

  init(_ line: ArraySlice<UInt8>) {
    let bytes = Array(line)
    assignsAttribute = Self.assignsAttribute(bytes)
    var index = 0
    while index < bytes.count {
      guard bytes[index].beginsName else {
        if bytes[index].isArithmeticSign { signs.insert(bytes[index]) }
        index += 1
        continue
      }
      let start = index
      index = bytes[start...].firstIndex { !$0.continuesName } ?? bytes.count
      note(bytes, start..<index)
    }
  }

  private static func assignsAttribute(_ bytes: [UInt8]) -> Bool {
    guard bytes.starts(with: "self.".utf8) else { return false }
    let rest = bytes.dropFirst(5).drop { $0.continuesName || $0 == UInt8(ascii: ".") }
    return rest.starts(with: " = ".utf8)
  }

  /// Whether an equals sign follows a name, as in `y = x` and `f(y=x)`.
  private static func isGivenValue(_ rest: ArraySlice<UInt8>) -> Bool {
    let rest = rest.drop { $0 == UInt8(ascii: " ") }
    return rest.first == UInt8(ascii: "=") && rest.dropFirst().first != UInt8(ascii: "=")
  }

  /// Whether a name's tensor is asked for no content, as in `x.shape[0]`.
  private static func isAskedWhatItIs(_ rest: ArraySlice<UInt8>) -> Bool {
    guard rest.first == UInt8(ascii: ".") else { return false }
    let member = rest.dropFirst().prefix { $0.continuesName }
    return ["shape", "size", "dim", "ndim", "dtype", "device", "numel"].contains {
      member.elementsEqual($0.utf8)
    }
  }

  private mutating func note(_ bytes: [UInt8], _ name: Range<Int>) {
    let isCalled = bytes.indices.contains(name.upperBound) && bytes[name.upperBound] == 0x28
    let isMember = name.lowerBound > 0 && bytes[name.lowerBound - 1] == UInt8(ascii: ".")
    let word = String(decoding: bytes[name], as: UTF8.self)
    if isCalled, word == "checkpoint" {
      callsCheckpoint = !(isMember && bytes[..<(name.lowerBound - 1)].hasSuffix("self"))
    } else if isCalled, Self.callsOfCheckpoint.contains(word) {
      callsCheckpoint = true
    }
    guard isMember else {
      if !isCalled {
        names.append(word)
        let rest = bytes[name.upperBound...]
        guard !Self.isGivenValue(rest) else { return }
        readNames.insert(word)
        if !Self.words.contains(word), !Self.isAskedWhatItIs(rest) { contentNames.insert(word) }
      } else if !Self.builtIn.contains(word) {
        functions.insert(word)
      }
      return
    }
    let owner = bytes[..<(name.lowerBound - 1)].suffix(5)
    guard owner.suffix(4).elementsEqual("self".utf8),
      owner.count < 5 || owner.first?.continuesName == false
    else {
      if isCalled { members.insert(word) }
      return
    }
    attributes.insert(word)
    if isCalled { methods.insert(word) }
  }

  /// Functions that do nothing but hand what they are given to that function.
  ///
  /// Source: `models/densenet.py`, torchvision 0.29 and timm 1.0; `models/_manipulate.py`, timm 1.0.
  private static let callsOfCheckpoint: Set = ["call_checkpoint_bottleneck", "checkpoint_seq"]

  /// Words of Python, and names by which modules of functions are known.
  private static let words: Set = [
    "return", "if", "elif", "else", "for", "in", "while", "with", "assert", "yield", "and", "or",
    "not", "is", "None", "True", "False", "lambda", "self", "torch", "nn", "F", "math", "np",
    "einops",
  ]

  /// Functions of Python's own that make no tensors.
  private static let builtIn: Set = [
    "len", "int", "float", "bool", "str", "range", "enumerate", "zip", "list", "tuple", "dict",
    "set", "min", "max", "sum", "abs", "round", "any", "all", "isinstance", "getattr", "hasattr",
    "super", "reversed", "sorted", "type", "print", "cast",
  ]
}

extension ArraySlice<UInt8> {
  fileprivate func hasSuffix(_ word: StaticString) -> Bool {
    suffix(word.utf8CodeUnitCount).elementsEqual(
      UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount))
  }
}

extension UInt8 {
  /// Whether a name of Python may begin with it; letters may be any.
  var beginsName: Bool {
    self == UInt8(ascii: "_") || (0x41...0x5A).contains(self) || (0x61...0x7A).contains(self)
      || self >= 0x80
  }

  var continuesName: Bool { beginsName || (0x30...0x39).contains(self) }

  fileprivate var isArithmeticSign: Bool { "+-*/@".utf8.contains(self) }
}

import ModelGraph

/// The modules whose calls a node ran in, outermost first.
struct ModuleStack: Sendable {
  /// The path of each with the number of the call, as in `relu@1`.
  private(set) var calls: [String] = []

  /// The path of the innermost, without numbers of calls.
  private(set) var module = ""

  /// The parts of the path that are no module that is called, but a list of modules.
  private(set) var lists: [Int] = []

  /// Whether a module is of the transformers library.
  private(set) var isOfTransformers = false

  /// Whether the innermost module is a layer of an encoder, by its class.
  private(set) var isOfEncoderLayer = false

  /// The paths of those that are layers which the library has computed again when it is asked to, by their classes.
  private(set) var layers: [String] = []

  /// What the entries say.
  private var paths: [Path] = []

  /// Reads the entries `key,path,class;…`, of which the first few are those of another text.
  init(_ text: String, sharing count: Int = 0, with before: ModuleStack? = nil) {
    var text = text
    text.withUTF8 { read($0, Array(before?.paths.prefix(count) ?? [])) }
  }

  private mutating func read(_ text: UnsafeBufferPointer<UInt8>, _ known: [Path]) {
    let rest = text.split(separator: UInt8(ascii: ";")).dropFirst(known.count)
    paths = known + rest.map(Path.init)
    calls = paths.map(\.call)
    isOfTransformers = paths.contains(where: \.isOfTransformers)
    isOfEncoderLayer = paths.last?.isOfEncoderLayer ?? false
    layers = paths.filter(\.isLayer).map { Self.withoutCallNumbers($0.call) }
    module = calls.last.map(Self.withoutCallNumbers) ?? ""
    let partCount = paths.last?.partCount ?? 0
    lists = (0..<partCount).filter { part in !paths.contains { $0.partCount == part + 1 } }
  }

  /// What the names of the library's classes begin with.
  private static let transformers = Array("transformers.models.".utf8)

  /// What the classes of an encoder's layers are called.
  private static let encoderLayers: [StaticString] = ["EncoderLayer", "AudioLayer"]

  /// What an entry says.
  private struct Path {
    /// The path, with the number of the call in the entry's key.
    var call = ""
    var partCount = 0
    var isOfTransformers = false
    var isOfEncoderLayer = false
    var isLayer = false

    init(_ entry: Slice<UnsafeBufferPointer<UInt8>>) {
      let (comma, mark, dot) = (UInt8(ascii: ","), UInt8(ascii: "@"), UInt8(ascii: "."))
      let className = entry[(entry.lastIndex(of: comma).map { $0 + 1 } ?? entry.startIndex)...]
      isOfTransformers = className.starts(with: ModuleStack.transformers)
      isOfEncoderLayer = ModuleStack.encoderLayers.contains { className.ends(with: $0) }
      if isOfTransformers, let name = className.split(separator: dot).last {
        isLayer = CheckpointedLayers.contains(String(decoding: name, as: UTF8.self))
      }
      guard let first = entry.firstIndex(of: comma),
        let second = entry[(first + 1)...].firstIndex(of: comma)
      else { return }
      let (key, path) = (entry[..<first], entry[(first + 1)..<second])
      let number = path.contains(mark) ? nil : key.lastIndex(of: mark)
      call = String(decoding: path, as: UTF8.self)
      if let number { call += String(decoding: key[number...], as: UTF8.self) }
      var isInPart = false
      for byte in path {
        if byte != dot, !isInPart { partCount += 1 }
        isInPart = byte != dot
      }
      if number != nil, !isInPart { partCount += 1 }
    }
  }

  private static func withoutCallNumbers(_ path: String) -> String {
    guard path.utf8.contains(UInt8(ascii: "@")) else { return path }
    return path.dottedParts.map { part in
      part.utf8.firstIndex(of: UInt8(ascii: "@")).map { part[..<$0] } ?? part
    }.joined(separator: ".")
  }

  /// Gives calls the modules whose they are.
  ///
  /// A module may pass on to the class it derives from, or call a module's `forward` by its name: more calls of `forward`
  /// than modules. If there are fewer, the calls are not known.
  func name(_ frames: inout [PythonFrame]) {
    guard frames.count >= calls.count, let innermost = calls.last else { return frames = [] }
    var (place, others) = (0, frames.count - calls.count)
    for index in frames.indices {
      let isByName = others > 0 && index > 0 && frames[index - 1].namesForward
      if isByName { others -= 1 } else if index > 0 { place += 1 }
      let next = calls.indices.contains(place + 1) ? calls[place + 1].ownerPath : nil
      let own = calls.indices.contains(place) ? calls[place] : innermost
      frames[index].module = isByName ? next ?? own : own
    }
  }
}

extension PythonFrame {
  /// Whether the statement calls `forward` by its name, as in `super().forward(x)` and `layer.forward(x)`.
  fileprivate var namesForward: Bool { statement.members.contains("forward") }
}

extension String {
  /// The path of the module in which the one at a path is; `nil` if that is the model.
  fileprivate var ownerPath: String? {
    utf8.lastIndex(of: UInt8(ascii: ".")).map { String(self[..<$0]) }
  }
}

extension Slice<UnsafeBufferPointer<UInt8>> {
  fileprivate func ends(with text: StaticString) -> Bool {
    let end = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
    return suffix(end.count).elementsEqual(end)
  }
}

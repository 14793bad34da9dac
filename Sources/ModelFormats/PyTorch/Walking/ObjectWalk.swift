import ByteFormats
import ModelGraph

/// Goes through the objects of a checkpoint and finds its tensors, each under its path.
///
/// Objects may hold each other many times over, or themselves; each is entered a few times at most,
/// so that the work grows with the file and not with what it unfolds to.
struct ObjectWalk {
  let reading: TensorInterpretation
  let scriptClasses: [String: ScriptClass]
  var tensors: [Found] = []
  var arrays: [(name: String, type: TensorType?)] = []

  /// Classes that are read by their structure, and names that mean nothing here, in order.
  var moduleClasses = OrderedNames()
  var unknownNames = OrderedNames()
  var unsafeNames = OrderedNames()
  var isCutShort = false

  /// Whether the object that was saved is a dictionary.
  private var isRootDictionary = false
  private var partCount = 0
  private var steps: [Step] = []
  private var open: Set<PickleDocument.Reference> = []
  private var visits: [PickleDocument.Reference: Int] = [:]

  /// What modules hold besides parameters, buffers and modules; looked at last.
  private var attributes: [Frame] = []

  struct Found {
    var name: String
    var tensor: TorchTensor
    var section: Section

    /// Whether it stands in the outermost dictionary, under its key.
    var isAtRoot: Bool
  }

  /// A value to look at, and where it stands.
  struct Frame {
    var value: PickleValue
    var path: String
    var depth = 0
    var section = Section.model

    /// Whether a module says that it is trained or that it is not.
    var isParameter: Bool?
    var isAttribute = false
  }

  private enum Step {
    case enter(Frame)
    case leave(PickleDocument.Reference)
  }

  enum Limit {
    /// How often an object is entered that occurs in several places.
    static let visits = 16
    static let depth = 256
    static let tensors = 1_000_000
    static let pathLength = 4096
  }

  init(_ reading: TensorInterpretation, _ scriptClasses: [String: ScriptClass] = [:]) {
    self.reading = reading
    self.scriptClasses = scriptClasses
    isRootDictionary = pairs(document.root) != nil
  }

  var document: PickleDocument { reading.document }

  /// Looks at a value and at all that it holds.
  mutating func walk(_ value: PickleValue, path: String = "") throws(FormatError) {
    steps.append(.enter(Frame(value: value, path: path)))
    try run()
    let rest = attributes
    attributes = []
    for frame in rest {
      steps.append(.enter(frame))
      try run()
    }
  }

  private mutating func run() throws(FormatError) {
    while let step = steps.popLast() {
      switch step {
      case .leave(let reference): open.remove(reference)
      case .enter(let frame): try enter(frame)
      }
    }
  }

  private mutating func enter(_ frame: Frame) throws(FormatError) {
    guard case .object(let reference) = frame.value else { return }
    if frame.isAttribute, visits[reference] != nil { return }
    guard !open.contains(reference), visits[reference, default: 0] < Limit.visits,
      frame.depth < Limit.depth, frame.path.utf8.count <= Limit.pathLength
    else {
      isCutShort = true
      return
    }
    visits[reference, default: 0] += 1
    if let tensor = try tensor(frame) { return try append(tensor, frame) }
    if reading.isArray(frame.value) {
      return arrays.append((frame.path, reading.array(frame.value)))
    }
    open.insert(reference)
    steps.append(.leave(reference))
    for child in children(of: frame, document[reference]).reversed() {
      steps.append(.enter(child))
    }
  }

  /// The tensor that a value is, a bare storage included.
  private func tensor(_ frame: Frame) throws(FormatError) -> TorchTensor? {
    do throws(FormatError) {
      if let tensor = try reading.tensor(frame.value) { return tensor }
    } catch {
      guard case .badTensor(let name, let reason) = error else { throw error }
      throw .badTensor(name: "\(frame.path.quoted) (\(name))", reason: reason)
    }
    guard let storage = try reading.storage(frame.value) else { return nil }
    let size = max(1, storage.dataType.layout.bytes)
    return TorchTensor(
      type: TensorType(storage.dataType, [storage.byteCount / size]),
      view: TorchTensor.View(storage: storage, offset: 0, strides: [1]))
  }

  private mutating func append(_ tensor: TorchTensor, _ frame: Frame) throws(FormatError) {
    partCount += tensor.partCount
    guard tensors.count + partCount < Limit.tensors else {
      throw .limit(what: "tensors", limit: Limit.tensors)
    }
    guard tensor.type.shape.isPlausible else {
      throw .badTensor(name: frame.path.quoted, reason: "has implausible sizes")
    }
    var tensor = tensor
    if let isParameter = frame.isParameter { tensor.isParameter = isParameter }
    let key = frame.path.split(separator: ".").last.map(String.init) ?? ""
    let section = Section.isRandomState(key) && frame.depth < 3 ? .other : frame.section
    tensors.append(
      Found(
        name: frame.path, tensor: tensor, section: section,
        isAtRoot: frame.depth == 1 && isRootDictionary))
  }

  mutating func lookLater(at frame: Frame) { attributes.append(frame) }
}

/// Names in the order in which they were first seen.
struct OrderedNames {
  private(set) var all: [String] = []
  private var seen: Set<String> = []

  mutating func insert(_ name: String) {
    if seen.insert(name).inserted { all.append(name) }
  }
}

/// How a framework's constructor makes a model's tensors, and in which order it knows them.
///
/// Where a block of memory lies depends on what was made and dropped before it.
///
/// Only training asks, so it may be worked out when first asked for.
public struct Construction: Sendable {
  private let order: Deferred<Order>

  /// What is made and dropped, in order.
  public var steps: [Step] { order.value.steps }

  /// The names of the tensors as the modules list them: a module's own before its children's.
  public var registered: [String] { order.value.registered }

  /// The two lists.
  public struct Order: Hashable, Sendable {
    var steps: [Step]
    var registered: [String]

    public init(steps: [Step], registered: [String]) {
      self.steps = steps
      self.registered = registered
    }
  }

  public enum Step: Hashable, Sendable {
    /// A tensor comes into being: one of the model's, or one by another name on the way.
    case make(String, TensorType)

    /// A tensor that is none of the model's goes.
    case drop(String)

    /// A tensor's numbers are added up along some axes.
    case reduce(TensorType, axes: Set<Int>)

    /// Random numbers are looked through for some that lie too far off.
    case check(TensorType)
  }

  public init(steps: [Step], registered: [String]) {
    self.init { Order(steps: steps, registered: registered) }
  }

  /// Works it out when it is first asked for.
  public init(_ order: @escaping @Sendable () -> Order) { self.order = Deferred(order) }

  /// Begins to work it out beside what the caller goes on with.
  package func begin() { order.begin() }
}

extension Construction: Hashable {
  public static func == (a: Construction, b: Construction) -> Bool {
    a.order === b.order || a.order.value == b.order.value
  }

  public func hash(into hasher: inout Hasher) { hasher.combine(order.value) }
}

/// Names with dots, as the tree of modules that they tell.
public enum ModulePaths {
  /// The names as `Module.to` goes through them: a module's own after its children's.
  public static func childrenFirst(_ names: [String]) -> [String] {
    ordered(names) { own, children in children + own }
  }

  /// The names in the order in which a function puts a module's own tensors and its children.
  ///
  /// The function gets the names of both, each in the order in which they first appear.
  public static func ordered(
    _ names: [String], _ arrange: ([String], [String]) -> [String]
  ) -> [String] {
    var tree = NameTree()
    for name in names { tree.add(name) }
    return tree.names(arrange)
  }
}

/// The modules that dotted names tell, with the tensors that each has itself.
private struct NameTree {
  private struct Module {
    /// Each label with the whole name, or with the module.
    var own: [(String, String)] = []
    var children: [(String, Int)] = []
  }

  private var modules = [Module()]

  /// The module of each path that ends in a dot.
  private var moduleByPath: [Substring: Int] = [:]

  /// The last name with the modules on its way, each with the end of its path in bytes.
  private var last = ""
  private var way: [(end: Int, module: Int)] = []

  /// Deeper paths are not told apart: no module tree nests so deep.
  private static let maximumDepth = 64

  /// Adds a name; those of one module mostly stand together, so that few paths are looked up.
  mutating func add(_ name: String) {
    let bytes = name.utf8
    let shared = zip(bytes, last.utf8).prefix { $0 == $1 }.count
    while let end = way.last?.end, end > shared { way.removeLast() }
    var module = way.last?.module ?? 0
    var start = bytes.index(bytes.startIndex, offsetBy: way.last?.end ?? 0)
    while way.count < Self.maximumDepth,
      let dot = bytes[start...].firstIndex(of: UInt8(ascii: "."))
    {
      let after = bytes.index(after: dot)
      module = child(of: module, labelled: name[start..<dot], at: name[..<after])
      way.append((bytes.distance(from: bytes.startIndex, to: after), module))
      start = after
    }
    modules[module].own.append((String(name[start...]), name))
    last = name
  }

  private mutating func child(
    of parent: Int, labelled label: Substring, at path: Substring
  ) -> Int {
    if let known = moduleByPath[path] { return known }
    modules.append(Module())
    moduleByPath[path] = modules.count - 1
    modules[parent].children.append((String(label), modules.count - 1))
    return modules.count - 1
  }

  /// The names of a module and all below it, as the function arranges each module's.
  func names(of index: Int = 0, _ arrange: ([String], [String]) -> [String]) -> [String] {
    let module = modules[index]
    var own = Dictionary(module.own) { first, _ in first }
    var children = Dictionary(module.children) { first, _ in first }
    let arranged = arrange(module.own.map(\.0), module.children.map(\.0))
    return arranged.flatMap { label -> [String] in
      let inner = children.removeValue(forKey: label).map { names(of: $0, arrange) } ?? []
      return (own.removeValue(forKey: label).map { [$0] } ?? []) + inner
    }
  }
}

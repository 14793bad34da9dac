public import ModelGraph

/// A machine that models run on, with the memory a program can really use.
public struct Device: Hashable, Sendable {
  /// The name on the command line, such as `v100-16gb`.
  public var name: String

  /// The maker's name of it.
  public var title: String
  public var kind: Kind

  /// The bytes a program can allocate.
  public var usableMemory: ByteCount

  /// The bytes that keep the program and its weights on a microcontroller; `nil` elsewhere.
  public var flash: ByteCount?

  /// NVIDIA's version of the architecture, such as `8.0`; `nil` for other makers.
  public var computeCapability: String?

  /// Where the figure comes from.
  public var source: String

  public enum Kind: String, Hashable, Sendable, CaseIterable {
    case gpu, phone, microcontroller
  }

  public init(
    name: String, title: String, kind: Kind, usableMemory: ByteCount, flash: ByteCount? = nil,
    computeCapability: String? = nil, source: String
  ) {
    self.name = name
    self.title = title
    self.kind = kind
    self.usableMemory = usableMemory
    self.flash = flash
    self.computeCapability = computeCapability
    self.source = source
  }
}

extension Device {
  /// The devices that are known, by kind.
  ///
  /// To add one, add it to the list of its kind.
  public static let catalog = gpus + phones + microcontrollers

  /// The device of a name, in any case.
  public static func named(_ name: String) -> Device? {
    catalog.first { $0.name == name.lowercased() }
  }
}

public import ModelGraph

/// A unit that people write amounts of bytes in.
///
/// KB, MB, GB and TB are powers of 1000, KiB, MiB, GiB and TiB of 1024 (IEC 80000-13).
struct ByteUnit {
  let name: String
  let factor: Int

  static let all = [
    ByteUnit(name: "B", factor: 1),
    ByteUnit(name: "KB", factor: 1000), ByteUnit(name: "KiB", factor: 1 << 10),
    ByteUnit(name: "MB", factor: 1000 * 1000), ByteUnit(name: "MiB", factor: 1 << 20),
    ByteUnit(name: "GB", factor: 1000 * 1000 * 1000), ByteUnit(name: "GiB", factor: 1 << 30),
    ByteUnit(name: "TB", factor: 1000 * 1000 * 1000 * 1000), ByteUnit(name: "TiB", factor: 1 << 40),
  ]

  static var names: [String] { all.map(\.name) }

  private init(name: String, factor: Int) {
    self.name = name
    self.factor = factor
  }

  /// The unit of a name, in any case; nothing stands for bytes.
  init?(_ name: String) {
    let wanted = name.isEmpty ? "b" : name.lowercased()
    guard let unit = Self.all.first(where: { $0.name.lowercased() == wanted }) else { return nil }
    self = unit
  }
}

extension ByteCount {
  /// An amount of bytes that cannot be read.
  public struct ParsingError: Error, Hashable, Sendable, CustomStringConvertible {
    public var text: String

    public var description: String {
      "needs an amount of bytes such as 100MB or 1.5GiB, found “\(text)”"
    }
  }

  /// Reads an amount such as `100MB`, `1.5 GiB` or `4096`.
  public init(parsing text: String) throws(ParsingError) {
    let number = text.prefix { $0.isASCII && $0.isNumber || $0 == "." }
    let unit = text[number.endIndex...].drop { $0 == " " }
    guard let amount = Double(number), let unit = ByteUnit(String(unit)) else {
      throw ParsingError(text: text)
    }
    let bytes = (amount * Double(unit.factor)).rounded()
    self = bytes < Double(Self.maximum.value) ? ByteCount(Int(bytes)) : .maximum
  }
}

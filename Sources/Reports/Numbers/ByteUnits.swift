/// The family of units that amounts of memory are written in.
public enum ByteUnits: String, Hashable, Sendable, CaseIterable {
  /// KB, MB, GB, each 1,000 times the one before.
  case decimal

  /// KiB, MiB, GiB, each 1,024 times the one before.
  case binary

  struct Unit: Hashable, Sendable {
    var name: String
    var size: UInt

    /// Large units get more, since a tenth of a gigabyte is a lot.
    var decimals: Int
  }

  /// How many of a unit make the next larger one.
  var step: Int { self == .decimal ? 1000 : 1024 }

  /// The units from small to large.
  var scale: [Unit] { self == .decimal ? Self.decimalScale : Self.binaryScale }

  private static let decimalScale = scale(["B", "KB", "MB", "GB", "TB", "PB"], step: 1000)
  private static let binaryScale = scale(["B", "KiB", "MiB", "GiB", "TiB", "PiB"], step: 1024)

  private static func scale(_ names: [String], step: UInt) -> [Unit] {
    var size: UInt = 1
    return names.enumerated().map { index, name in
      defer { size *= step }
      return Unit(name: name, size: size, decimals: index == 0 ? 0 : index < 3 ? 1 : 2)
    }
  }
}

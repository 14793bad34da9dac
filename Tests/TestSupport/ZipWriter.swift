/// Writes ZIP archives of stored members, right ones and wrong ones.
public struct ZipWriter: Sendable {
  public var members: [Member] = []

  /// The number of members that the end record states; the true one if `nil`.
  public var claimedCount: UInt16?

  /// Whether sizes and offsets stand in the fields of ZIP64.
  public var isWide = false

  public struct Member: Sendable {
    public var name: String
    public var contents: [UInt8]
    public var method: UInt16

    /// The bytes of the contents before they were packed; those that are there if `nil`.
    public var plainByteCount: Int?

    /// The name in the header before the contents.
    public var headerName: String

    /// Where the directory says that the member starts; the true place if `nil`.
    public var claimedOffset: UInt32?

    public init(
      _ name: String, _ contents: [UInt8] = [1, 2, 3], method: UInt16 = 0,
      headerName: String? = nil, claimedOffset: UInt32? = nil, plainByteCount: Int? = nil
    ) {
      self.name = name
      self.contents = contents
      self.method = method
      self.headerName = headerName ?? name
      self.claimedOffset = claimedOffset
      self.plainByteCount = plainByteCount
    }
  }

  public init(_ members: [Member]) { self.members = members }

  public var bytes: [UInt8] {
    var file: [UInt8] = []
    var directory: [UInt8] = []
    for member in members {
      directory += entry(of: member, at: UInt64(file.count))
      file += header(of: member)
    }
    let start = file.count
    file += directory
    return file + end(directoryOffset: start, byteCount: directory.count, at: file.count)
  }

  private func header(of member: Member) -> [UInt8] {
    let size = UInt32(member.contents.count)
    let name = Array(member.headerName.utf8)
    return little(0x0403_4B50 as UInt32) + little(20 as UInt16) + little(0 as UInt16)
      + little(member.method) + little(0 as UInt64) + little(size) + little(size)
      + little(UInt16(name.count)) + little(0 as UInt16) + name + member.contents
  }

  private func entry(of member: Member, at offset: UInt64) -> [UInt8] {
    let size = UInt64(member.contents.count)
    let name = Array(member.name.utf8)
    let place = member.claimedOffset.map(UInt64.init) ?? offset
    let extra: [UInt8] =
      isWide
      ? little(1 as UInt16) + little(24 as UInt16) + little(size) + little(size) + little(place)
      : []
    let narrow = isWide ? UInt32.max : UInt32(size)
    let plain = isWide ? UInt32.max : UInt32(member.plainByteCount ?? Int(size))
    let head = little(0x0201_4B50 as UInt32) + little(0 as UInt32) + little(0 as UInt16)
    return head + little(member.method) + little(0 as UInt64) + little(narrow) + little(plain)
      + little(UInt16(name.count)) + little(UInt16(extra.count)) + little(0 as UInt16)
      + little(0 as UInt64) + little(isWide ? .max : UInt32(place)) + name + extra
  }

  private func end(directoryOffset: Int, byteCount: Int, at place: Int) -> [UInt8] {
    let count = claimedCount ?? UInt16(members.count)
    let narrow =
      little(0x0605_4B50 as UInt32) + little(0 as UInt32) + little(count) + little(count)
      + little(UInt32(byteCount)) + little(UInt32(directoryOffset)) + little(0 as UInt16)
    guard isWide else { return narrow }
    let wide =
      little(0x0606_4B50 as UInt32) + little(44 as UInt64) + little(0 as UInt32)
      + little(0 as UInt64) + little(UInt64(count)) + little(UInt64(count))
      + little(UInt64(byteCount)) + little(UInt64(directoryOffset))
    let locator =
      little(0x0706_4B50 as UInt32) + little(0 as UInt32) + little(UInt64(place))
      + little(1 as UInt32)
    return wide + locator + narrow
  }

  private func little<Integer: FixedWidthInteger>(_ value: Integer) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian, Array.init)
  }
}

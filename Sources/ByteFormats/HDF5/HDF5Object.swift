/// A group or a dataset, with its attributes.
public struct HDF5Object: Sendable {
  /// What a group holds, in the order of the names.
  public var links: [Link] = []
  public var attributes: [HDF5Attribute] = []

  /// What a dataset is made of; `nil` for a group.
  public var dataset: HDF5Dataset?
  public var isGroup = false

  public struct Link: Hashable, Sendable {
    public var name: String

    /// Where the object's header is; `nil` for a link that leads elsewhere by name.
    public var address: Int?
  }

  /// The attribute of a name.
  public subscript(attribute name: String) -> HDF5Attribute? {
    attributes.first { $0.name == name }
  }
}

extension HDF5File {
  /// Reads an object, its data apart.
  public mutating func object(at address: Int) throws(ByteError) -> HDF5Object {
    let header = try HDF5ObjectHeader(at: address, of: &self)
    var object = HDF5Object()
    object.attributes = try attributes(of: header)
    if let layout = header.first(.layout) {
      object.dataset = try dataset(header, layout)
      return object
    }
    object.isGroup =
      header.first(.symbolTable) != nil || header.first(.linkInfo) != nil
      || header.first(.link) != nil
    object.links = try links(of: header).sorted { $0.name < $1.name }
    return object
  }

  private mutating func attributes(
    of header: HDF5ObjectHeader
  ) throws(ByteError) -> [HDF5Attribute] {
    var attributes: [HDF5Attribute] = []
    // A message in the heap of shared ones is none that Keras writes.
    for message in header.all(.attribute) where !message.isShared {
      var contents = message.contents
      attributes.append(try attribute(&contents))
    }
    guard let message = header.first(.attributeInfo) else { return attributes }
    var info = message.contents
    _ = try info.expectVersion(0...0, of: "the list of attributes")
    if try info.read(UInt8.self) & 1 != 0 { try info.skip(byteCount: 2) }
    for var contents in try denseMessages(&info, kind: .attributes) {
      attributes.append(try attribute(&contents))
    }
    return attributes
  }
}

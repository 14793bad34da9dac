public import ByteFormats

/// The Hugging Face hub, or a server that speaks like it.
///
/// <https://huggingface.co/docs/hub/api>
public struct Hub: Sendable {
  private let endpoint: RemoteAddress
  private let client: HTTPClient

  public static let standardEndpoint = "https://huggingface.co"

  /// Makes a hub from what the environment says, as the hub's own tools read it.
  ///
  /// `HF_ENDPOINT` names another server, `HF_TOKEN` a token for it; ``certificateVariables`` name a file of
  /// certificates to trust.
  public init(
    environment: [String: String], policy: HTTPPolicy = HTTPPolicy(),
    received: @escaping HTTPClient.Received = { _ in }
  ) throws(ByteError) {
    let given = environment["HF_ENDPOINT"].flatMap { $0.isEmpty ? nil : $0 }
    endpoint = try RemoteAddress(given ?? Self.standardEndpoint)
    let secret = environment["HF_TOKEN"] ?? environment["HUGGING_FACE_HUB_TOKEN"] ?? ""
    var policy = policy
    policy.certificateFile =
      policy.certificateFile
      ?? Self.certificateVariables.compactMap { environment[$0] }.first { !$0.isEmpty }
    client = HTTPClient(
      policy: policy, token: AccessToken(secret, for: endpoint), received: received)
  }

  /// The variables that name a file of trusted certificates, as other tools read them.
  public static let certificateVariables = [
    "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE",
  ]

  /// Opens a file at an address on the web; the token goes along only if it is on this hub.
  public func open(_ address: RemoteAddress) throws(ByteError) -> MappedFile {
    try RemoteFile.open(
      address, client: client, home: WebFolder(beside: address, client: client).folder)
  }

  /// Opens what an address of the hub names.
  public func open(_ address: HubAddress) throws(ByteError) -> Content {
    let files = try list(address)
    if files.contains(address.path) {
      let home = HubFolder(address: address.parent, files: files, hub: self).folder
      return .file(try file(address, path: address.path, home: home))
    }
    let folder = HubFolder(address: address, files: files, hub: self).folder
    guard !folder.names.isEmpty else {
      throw ByteError(
        .system(
          operation: "fetch", path: address.description, reason: "the repository has no such file"))
    }
    return .folder(folder)
  }

  public enum Content: Sendable {
    case file(MappedFile)
    case folder(Folder)
  }

  func file(
    _ address: HubAddress, path: String, home: Folder?
  ) throws(ByteError) -> MappedFile {
    var place = address
    place.path = path
    return try RemoteFile.open(
      try resolve("/\(address.repository)/resolve/\(address.revision)/\(path.percentEncoded)"),
      client: client,
      name: place.description, home: home)
  }

  /// The paths of all files of a repository.
  private func list(_ address: HubAddress) throws(ByteError) -> [String] {
    let place = try resolve("/api/models/\(address.repository)/revision/\(address.revision)")
    let (response, _) = try client.get(place, limit: client.policy.maximumWholeByteCount)
    let document = try JSONValue(MappedFile(response.body, path: place.description))
    let files = (document["siblings"]?.elements ?? []).compactMap { $0["rfilename"]?.string }
    guard files.count <= Folder.maximumCount else {
      throw ByteError(.implausibleSize("\(files.count) files of a repository"))
    }
    return files.filter { !$0.split(separator: "/").contains("..") && !$0.hasPrefix("/") }
  }

  private func resolve(_ target: String) throws(ByteError) -> RemoteAddress {
    let base = endpoint.target == "/" ? "" : endpoint.target
    return try RemoteAddress("\(endpoint.origin)\(base)\(target)")
  }
}

extension HubAddress {
  /// The folder of a file.
  fileprivate var parent: HubAddress {
    var parent = self
    parent.path = path.split(separator: "/").dropLast().joined(separator: "/")
    return parent
  }
}

extension String {
  /// The text as the path of an address: what has a meaning there, or is no plain letter, as `%23`.
  var percentEncoded: String {
    utf8.map { byte in
      if 0x21...0x7E ~= byte, !"?#%\\\"<>".utf8.contains(byte) {
        return String(Unicode.Scalar(byte))
      }
      let digits = String(byte, radix: 16, uppercase: true)
      return "%" + (digits.count < 2 ? "0" : "") + digits
    }.joined()
  }
}

import ByteFormats
import Synchronization

/// What lies beside a file on a server, such as the other parts of a checkpoint.
///
/// Servers list nothing, so each file is asked for by its name, with the same query as the first. Where several are
/// missing, no more are asked for: a name may promise a hundred thousand.
final class WebFolder: FolderSource {
  /// The address of the file.
  private let address: RemoteAddress
  private let client: HTTPClient
  private let failureCount = Mutex(0)

  private static let maximumFailureCount = 3

  init(beside address: RemoteAddress, client: HTTPClient) {
    self.address = address
    self.client = client
  }

  private var path: Substring { address.target.prefix { $0 != "?" } }

  /// The path up to the last slash, which is kept.
  private var parent: Substring {
    path[...(path.lastIndex(of: "/") ?? path.startIndex)]
  }

  /// The folder as readers see it.
  var folder: Folder { Folder(unlisted: "\(address.origin)\(parent)", source: self) }

  func open(_ name: String) throws(ByteError) -> MappedFile {
    let query = address.target.dropFirst(path.count)
    let place = try RemoteAddress("\(address.origin)\(parent)\(name.percentEncoded)\(query)")
    guard failureCount.withLock({ $0 }) < Self.maximumFailureCount else {
      throw client.failure(place, "others beside it could not be fetched; no more are asked for")
    }
    do throws(ByteError) {
      return try RemoteFile.open(place, client: client)
    } catch {
      failureCount.withLock { $0 += 1 }
      throw error
    }
  }

  func folder(_ name: String) -> Folder? { nil }
}

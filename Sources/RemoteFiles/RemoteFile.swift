public import ByteFormats
import Synchronization

/// One file on a server, given in parts.
public final class RemoteFile: ByteSource {
  private let client: HTTPClient
  private let address: RemoteAddress
  private let state: Mutex<State>

  private struct State {
    /// Where the last answer came from; asked first the next time.
    var place: RemoteAddress
    var byteCount = 0
    var validator: String?
    var fetched = 0
  }

  /// What is asked for at first: most headers fit.
  static let firstByteCount = 64 << 10

  private init(_ address: RemoteAddress, _ client: HTTPClient) {
    self.address = address
    self.client = client
    state = Mutex(State(place: address))
  }

  /// Opens a file: learns its size and fetches its first bytes.
  public static func open(
    _ address: RemoteAddress, client: HTTPClient, name: String? = nil, home: Folder? = nil
  ) throws(ByteError) -> MappedFile {
    let file = RemoteFile(address, client)
    let first = try file.fetchFirst()
    let path = name ?? String(address.description.prefix { $0 != "?" })
    let mapped = try MappedFile(
      path: path, byteCount: file.byteCount, source: file, home: home)
    try mapped.fill(0, with: first)
    return mapped
  }

  private var byteCount: Int { state.withLock { $0.byteCount } }

  private func fetchFirst() throws(ByteError) -> [UInt8] {
    let range = 0..<Self.firstByteCount
    let (response, place) = try client.get(
      address, range: range, limit: client.policy.maximumWholeByteCount)
    if response.status == 206 {
      guard let (given, total) = response.contentRange, given.lowerBound == 0,
        given.count == response.body.count, given.count <= range.count
      else { throw client.failure(address, "it gives other bytes than were asked for") }
      state.withLock {
        $0.place = place
        $0.byteCount = total
        $0.validator = response.validator
        $0.fetched = response.body.count
      }
      return response.body
    }
    try checkLength(response)
    state.withLock {
      $0.byteCount = response.body.count
      $0.fetched = response.body.count
    }
    return response.body
  }

  private func checkLength(_ response: HTTPResponse) throws(ByteError) {
    guard let promised = response["content-length"].flatMap({ Int($0) }) else { return }
    guard promised == response.body.count else {
      throw client.failure(
        address, "it promises \(promised) bytes and gives \(response.body.count)")
    }
  }
}

extension RemoteFile {
  public func read(_ range: Range<Int>) throws(ByteError) -> [UInt8] {
    let place = state.withLock { $0.place }
    try spend(range.count)
    do throws(ByteError) {
      return try fetch(range, from: place)
    } catch {
      // A place that a redirect named may be good for a while only.
      guard place != address else { throw error }
      return try fetch(range, from: address)
    }
  }

  private func spend(_ byteCount: Int) throws(ByteError) {
    let limit = client.policy.maximumTotalByteCount
    let isWithin = state.withLock { state in
      guard byteCount <= limit - state.fetched else { return false }
      state.fetched += byteCount
      return true
    }
    guard isWithin else {
      throw client.failure(
        address, "more than \(limit) bytes would have to be fetched; fetch the file first")
    }
  }

  private func fetch(
    _ range: Range<Int>, from place: RemoteAddress
  ) throws(ByteError) -> [UInt8] {
    let (response, newPlace) = try client.get(place, range: range, limit: range.count)
    let (byteCount, validator) = state.withLock { ($0.byteCount, $0.validator) }
    guard response.status == 206, let (given, total) = response.contentRange, given == range,
      response.body.count == range.count
    else { throw client.failure(address, "it gives other bytes than were asked for") }
    let isSame = validator == nil || response.validator == nil || response.validator == validator
    guard total == byteCount, isSame else {
      throw client.failure(address, "it changes while it is read; try again")
    }
    state.withLock { $0.place = newPlace }
    return response.body
  }
}

import ByteFormats
import ModelFormats
import ModelGraph
import RemoteFiles
import Synchronization
import TestSupport
import Testing

@Suite(.serialized) struct RemoteFileTests {
  /// Quick retries, so that tests of failures do not wait.
  private var policy: HTTPPolicy {
    var policy = HTTPPolicy()
    policy.firstDelayMilliseconds = 5
    policy.attempts = 3
    policy.stallSeconds = 1
    policy.requestSeconds = 2
    policy.maximumDelaySeconds = 2
    policy.maximumWholeByteCount = 1 << 20
    return policy
  }

  private func open(_ address: String, token: AccessToken? = nil) throws -> MappedFile {
    try RemoteFile.open(
      RemoteAddress(address), client: HTTPClient(policy: policy, token: token))
  }

  private func failure(_ address: String) -> String {
    do {
      _ = try open(address)
      return ""
    } catch { return "\(error)" }
  }

  // MARK: Models

  @Test(arguments: [
    "Safetensors/types.safetensors", "GGUF/model.gguf", "ONNX/cnn_residual.onnx",
    "TorchExport/tiny.pt2", "Keras/images.keras", "Keras/texts.h5", "TFLite/quantized.tflite",
    "PyTorch/state.pt", "PyTorch/script.pt", "PyTorch/state_legacy.pth", "PyTorch/views.pt",
    "CoreML/network.mlmodel", "CoreML/linear.mlmodel", "Keras/half.weights.h5",
  ])
  func `a file on a server is read as one that lies here`(name: String) throws {
    let path = TestFiles.fixture(name)
    let bytes = try TestFiles.bytes(of: path)
    let server = try LoopbackServer { .file(bytes, $0) }
    let here = try readModel(atPath: path)
    let there = try readModel(open("\(server.origin)/\(name)?download=true"))
    #expect(there.tensors == here.tensors)
    #expect(there.diagnostics == here.diagnostics)
    #expect(there.fileByteCount == here.fileByteCount)
    #expect(there.format == here.format)
  }

  @Test(arguments: [
    "HuggingFaceFolder/sharded/model.safetensors.index.json", "GGUF/split-00001-of-00003.gguf",
  ])
  func `parts on a server are found beside the one that was named`(name: String) throws {
    let folder = TestFiles.fixture(name.split(separator: "/").dropLast().joined(separator: "/"))
    let server = try LoopbackServer { request in
      let file = request.target.split(separator: "/").last ?? ""
      guard let bytes = try? TestFiles.bytes(of: "\(folder)/\(file.prefix { $0 != "?" })") else {
        return .init(404)
      }
      return .file(bytes, request)
    }
    let here = try readModel(atPath: TestFiles.fixture(name))
    let address = try RemoteAddress("\(server.origin)/\(name)?a=b")
    let there = try readModel(Hub(environment: [:]).open(address))
    #expect(there.tensors == here.tensors)
    #expect(there.diagnostics == here.diagnostics)
    #expect(server.requests.allSatisfy { $0.target.hasSuffix("?a=b") })
  }

  @Test func `a part that the server lacks is told`() throws {
    let index = try TestFiles.bytes(
      of: TestFiles.fixture("HuggingFaceFolder/sharded/model.safetensors.index.json"))
    let server = try LoopbackServer { request in
      request.target.hasSuffix(".json") ? .file(index, request) : .init(404)
    }
    let address = try RemoteAddress("\(server.origin)/model.safetensors.index.json")
    #expect(throws: FormatError.self) { try readModel(Hub(environment: [:]).open(address)) }
  }

  /// A safetensors file of one large tensor.
  private func large(_ byteCount: Int) -> [UInt8] {
    let header =
      #"{"weight":{"dtype":"U8","shape":[\#(byteCount)],"data_offsets":[0,\#(byteCount)]}}"#
    let length = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian, Array.init)
    return length + Array(header.utf8) + Array(repeating: 7, count: byteCount)
  }

  @Test func `of a large file the header alone is fetched`() throws {
    let bytes = large(8 << 20)
    let server = try LoopbackServer { .file(bytes, $0) }
    let model = try readModel(open("\(server.origin)/model.safetensors"))
    #expect(model.tensors.map(\.type.elementCount) == [8 << 20])
    #expect(server.requests.map { $0.headers["range"] } == ["bytes=0-65535"])
  }

  @Test func `what arrives is told while it does`() throws {
    let bytes = try TestFiles.bytes(of: TestFiles.fixture("Keras/texts.h5"))
    let sent = Mutex(0)
    let fetched = Mutex(0)
    let server = try LoopbackServer { request in
      let response = LoopbackServer.Response.file(bytes, request)
      sent.withLock { $0 += response.body.count }
      return response
    }
    let client = HTTPClient(policy: policy) { count in fetched.withLock { $0 += count } }
    _ = try readModel(try RemoteFile.open(RemoteAddress("\(server.origin)/a.h5"), client: client))
    #expect(fetched.withLock { $0 } == sent.withLock { $0 })
  }

  @Test func `a header longer than the first part is fetched in growing parts`() throws {
    let header = "{" + String(repeating: " ", count: 3 << 20) + "}"
    let bytes =
      withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian, Array.init) + Array(header.utf8)
    let server = try LoopbackServer { .file(bytes, $0) }
    let model = try readModel(open("\(server.origin)/model.safetensors"))
    #expect(model.tensors == [])
    #expect(server.requests.count <= 3)
  }

  // MARK: Servers as they are

  @Test func `a server without parts gives a small file whole and a large one not`() throws {
    let small = large(1000)
    let server = try LoopbackServer { _ in .init(200, [], small) }
    #expect(try readModel(open("\(server.origin)/a.safetensors")).tensors.count == 1)
    let big = large(2 << 20)
    let other = try LoopbackServer { _ in .init(200, [], big) }
    #expect(failure("\(other.origin)/a.safetensors").contains("only the whole file"))
  }

  @Test(arguments: [429, 503])
  func `a busy server is asked again`(status: Int) throws {
    let bytes = large(10)
    let count = Mutex(0)
    let server = try LoopbackServer { request in
      let number = count.withLock {
        $0 += 1
        return $0
      }
      return number < 3 ? .init(status, [("Retry-After", "0")]) : .file(bytes, request)
    }
    #expect(try open("\(server.origin)/a.safetensors").byteCount == bytes.count)
    #expect(server.requests.count == 3)
  }

  @Test func `a server that asks to wait too long is left`() throws {
    let server = try LoopbackServer { _ in .init(503, [("Retry-After", "3600")]) }
    #expect(failure("\(server.origin)/a").contains("come again in 3600 seconds"))
    #expect(server.requests.count == 1)
  }

  @Test(arguments: [
    (404, "no such thing"), (403, "HF_TOKEN"), (401, "HF_TOKEN"), (418, "answers 418"),
    (500, "answers 500"),
  ])
  func `a refusal is said`(status: Int, words: String) throws {
    let server = try LoopbackServer { _ in .init(status) }
    #expect(failure("\(server.origin)/a").contains(words))
  }

  @Test func `lies about lengths and places are found`() throws {
    let bytes = large(200_000)
    let short = try LoopbackServer { _ in .init(200, [], [1, 2, 3], claiming: 100) }
    #expect(!failure("\(short.origin)/a").isEmpty)
    let elsewhere = try LoopbackServer { _ in
      .init(206, [("Content-Range", "bytes 5-9/100")], [1, 2, 3, 4, 5])
    }
    #expect(failure("\(elsewhere.origin)/a").contains("other bytes"))
    let silent = try LoopbackServer { _ in .init(206, [], [1, 2, 3]) }
    #expect(failure("\(silent.origin)/a").contains("other bytes"))
    let huge = try LoopbackServer { _ in
      .init(206, [("Content-Range", "bytes 0-0/9223372036854775807")], [1])
    }
    #expect(!failure("\(huge.origin)/a").isEmpty)
    let more = try LoopbackServer { request in
      request.headers["range"] == "bytes=0-65535"
        ? .file(bytes, request) : .init(206, [("Content-Range", "bytes 0-9/10")], bytes)
    }
    let file = try open("\(more.origin)/a")
    #expect(throws: ByteError.self) { try file.load(150_000..<150_010) }
  }

  @Test func `a file that changes meanwhile is not mixed`() throws {
    let bytes = large(300_000)
    let count = Mutex(0)
    let server = try LoopbackServer { request in
      let number = count.withLock {
        $0 += 1
        return $0
      }
      return .file(bytes, request, [("ETag", "\"\(number)\"")])
    }
    let file = try open("\(server.origin)/a")
    let error = #expect(throws: ByteError.self) { try file.load(200_000..<200_010) }
    #expect(error?.description.contains("changes while it is read") == true)
  }

  @Test func `a server that hangs is left`() throws {
    let server = try LoopbackServer { _ in
      var response = LoopbackServer.Response(200, [], [1])
      response.delayMilliseconds = 3000
      return response
    }
    var policy = policy
    policy.attempts = 1
    let client = HTTPClient(policy: policy)
    #expect(throws: ByteError.self) {
      try RemoteFile.open(RemoteAddress("\(server.origin)/a"), client: client)
    }
  }

  @Test func `a file of certificates that the environment names is the one that is used`() throws {
    let server = try LoopbackServer { _ in .init(200) }
    var policy = policy
    policy.attempts = 1
    let address = try RemoteAddress("https://127.0.0.1:\(server.port)/a.safetensors")
    let hub = try Hub(environment: ["SSL_CERT_FILE": "/nowhere/certificates.pem"], policy: policy)
    let error = #expect(throws: ByteError.self) { try hub.open(address) }
    #expect(error?.description.contains("certificate") == true)
    let plain = try Hub(environment: ["SSL_CERT_FILE": ""], policy: policy)
    let other = #expect(throws: ByteError.self) { try plain.open(address) }
    #expect(other?.description.contains("certificates.pem") == false)
  }

  @Test func `headers without end are refused`() throws {
    let long = String(repeating: "x", count: 4000)
    let server = try LoopbackServer { _ in
      .init(200, (0..<40).map { ("X-\($0)", long) }, [1])
    }
    #expect(!failure("\(server.origin)/a").isEmpty)
  }

  // MARK: Redirects and tokens

  @Test func `a redirect is followed and asked again from there`() throws {
    let bytes = large(200_000)
    let target = try LoopbackServer { .file(bytes, $0) }
    let place = "\(target.origin)/signed?key=1"
    let server = try LoopbackServer { _ in .init(302, [("Location", place)]) }
    let file = try open("\(server.origin)/model.safetensors")
    try file.load(190_000..<190_010)
    #expect(server.requests.count == 1)
    #expect(target.requests.map(\.target) == ["/signed?key=1", "/signed?key=1"])
    #expect(file.name == "model.safetensors")
  }

  @Test func `redirects in a ring and to other schemes end`() throws {
    let ring = try LoopbackServer { _ in .init(302, [("Location", "/a")]) }
    #expect(failure("\(ring.origin)/a").contains("redirects more than"))
    for place in ["file:///etc/passwd", "ftp://127.0.0.1/a", "gopher://127.0.0.1/"] {
      let server = try LoopbackServer { _ in .init(302, [("Location", place)]) }
      #expect(!failure("\(server.origin)/a").isEmpty, "\(place)")
    }
  }

  @Test func `a token goes to its server and to no other`() throws {
    let bytes = large(10)
    let stranger = try LoopbackServer { .file(bytes, $0) }
    let place = "\(stranger.origin)/a"
    let server = try LoopbackServer { request in
      request.target == "/direct" ? .file(bytes, request) : .init(302, [("Location", place)])
    }
    let token = AccessToken("secret", for: try RemoteAddress(server.origin))
    _ = try open("\(server.origin)/direct", token: token)
    _ = try open("\(server.origin)/elsewhere", token: token)
    _ = try open("\(stranger.origin)/a", token: token)
    #expect(
      server.requests.map { $0.headers["authorization"] } == ["Bearer secret", "Bearer secret"])
    #expect(stranger.requests.count == 2)
    #expect(stranger.requests.allSatisfy { $0.headers["authorization"] == nil })
  }

  @Test func `a token that would break a header is none`() throws {
    let address = try RemoteAddress("https://example.org")
    #expect(AccessToken("a\r\nHost: b", for: address) == nil)
    #expect(AccessToken("", for: address) == nil)
    #expect("\(try #require(AccessToken("abc", for: address)))".contains("abc") == false)
  }

  // MARK: The hub

  @Test func `a repository is read as a folder`() throws {
    let folder = TestFiles.fixture("HuggingFaceFolder/sharded")
    let names = try #require(try Folder(path: folder)).names
    let files = try names.map { ($0, try TestFiles.bytes(of: "\(folder)/\($0)")) }
    let server = try LoopbackServer { request in
      if request.target == "/api/models/owner/name/revision/v1" {
        let list = names.map { "{\"rfilename\": \"\($0)\"}" }.joined(separator: ",")
        return .init(200, [], Array("{\"siblings\": [\(list)]}".utf8))
      }
      let file = files.first { request.target == "/owner/name/resolve/v1/\($0.0)" }
      return file.map { .file($0.1, request) } ?? .init(404)
    }
    let hub = try Hub(
      environment: ["HF_ENDPOINT": server.origin, "HF_TOKEN": "abc"], policy: policy)
    guard case .folder(let remote) = try hub.open(HubAddress("hf://owner/name@v1")) else {
      Issue.record("no folder")
      return
    }
    let there = try readModel(remote)
    let here = try readModel(atPath: folder)
    #expect(there.tensors == here.tensors)
    #expect(there.fileByteCount == here.fileByteCount)
    #expect(server.requests.allSatisfy { $0.headers["authorization"] == "Bearer abc" })
    #expect(throws: ByteError.self) { try hub.open(HubAddress("hf://owner/name@v1/none.gguf")) }
  }

  @Test func `addresses are checked`() throws {
    let good = try HubAddress("hf://owner/name@branch/a/b.gguf")
    #expect(good.repository == "owner/name")
    #expect(good.revision == "branch")
    #expect(good.path == "a/b.gguf")
    for text in ["hf://name", "hf://a/b/../c", "hf://a/b@x?y", "hf:///b", "hf://a/b c"] {
      #expect(throws: ByteError.self, "\(text)") { try HubAddress(text) }
    }
    let address = try RemoteAddress("HTTPS://Example.org:8443/a/b.gguf?x=1#part")
    #expect(address.description == "https://example.org:8443/a/b.gguf?x=1")
    #expect(address.fileName == "b.gguf")
    let wrong = [
      "https://user:pass@host/a", "https://", "https:///a", "https://host:99999/", "ftp://host/a",
      "https://ho st/a", "https://host/\u{e9}", "https://[::1/a",
    ]
    for text in wrong { #expect(throws: ByteError.self, "\(text)") { try RemoteAddress(text) } }
  }
}

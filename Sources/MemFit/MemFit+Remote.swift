import ByteFormats
import ModelFormats
import ModelGraph
import RemoteFiles

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

extension MemFit {
  /// Whether an argument is an address and no path.
  static func isRemote(_ argument: String) -> Bool {
    RemoteAddress.isMeant(by: argument) || HubAddress.isMeant(by: argument)
  }

  /// Reads a file or a repository on a server, its headers alone.
  static func readRemote(
    _ argument: String, fetched: @escaping @Sendable (Int) -> Void
  ) throws(OpenError) -> Model {
    do throws(FormatError) {
      switch try content(argument, fetched) {
      case .file(let file): return try readModel(file)
      case .folder(let folder): return try readModel(folder)
      }
    } catch {
      throw .file(path: argument, error)
    }
  }

  private static func content(
    _ argument: String, _ fetched: @escaping @Sendable (Int) -> Void
  ) throws(FormatError) -> Hub.Content {
    do throws(ByteError) {
      let hub = try Hub(environment: hubEnvironment, received: fetched)
      guard HubAddress.isMeant(by: argument) else {
        return .file(try hub.open(try RemoteAddress(argument)))
      }
      return try hub.open(try HubAddress(argument))
    } catch {
      throw .bytes(error)
    }
  }

  private static var hubEnvironment: [String: String] {
    let names = ["HF_ENDPOINT", "HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"] + Hub.certificateVariables
    return names.reduce(into: [:]) { environment, name in
      environment[name] = getenv(name).map { String(cString: $0) }
    }
  }
}

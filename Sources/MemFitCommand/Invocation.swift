import ArgumentParser
import MemFit

/// One call of the tool, from its arguments to its exit code.
struct Invocation {
  let arguments: [String]

  /// The codes that the documentation promises.
  enum Status: Int32 {
    case done = 0
    case limitExceeded = 1
    case failed = 2
  }

  func run() -> Status {
    guard !arguments.isEmpty else {
      Terminal.write(MemFitCommand.helpMessage(), to: .error)
      return .failed
    }
    do {
      var command = try MemFitCommand.parseAsRoot(arguments)
      try command.run()
      return .done
    } catch is LimitExceeded {
      return .limitExceeded
    } catch {
      return report(error)
    }
  }

  private func report(_ error: any Error) -> Status {
    if let complaint = ErrorRenderer.complaint(about: error) {
      Terminal.write(complaint.text, to: .error)
      return .failed
    }
    let message = MemFitCommand.fullMessage(for: error)
    guard MemFitCommand.exitCode(for: error) != .success else {
      Terminal.write(message.isEmpty ? "" : message + "\n", to: .output)
      return .done
    }
    Terminal.write(Self.withToolName(message) + "\n", to: .error)
    return .failed
  }

  private static func withToolName(_ message: String) -> String {
    let prefix = "Error: "
    return "memfit: " + (message.hasPrefix(prefix) ? message.dropFirst(prefix.count) : message[...])
  }
}

/// The work is done, and a limit that the user set is exceeded.
struct LimitExceeded: Error {}

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
      Terminal.tell(MemFitCommand.helpMessage())
      return .failed
    }
    MemFit.prepare()
    do {
      var command = try command
      try command.run()
      return .done
    } catch is LimitExceeded {
      return .limitExceeded
    } catch is SomeUnreadable {
      return .failed
    } catch {
      return report(error)
    }
  }

  /// What the arguments ask for.
  ///
  /// The parser describes to itself every command on the way, which takes longer than to read most models; so it is
  /// told of the one that is asked for. What that one does not take, and help, is parsed again from the root, which
  /// knows all.
  private var command: any ParsableCommand {
    get throws {
      let named = MemFitCommand.all.first { $0.configuration.commandName == arguments.first }
      let rest = named == nil ? arguments : Array(arguments.dropFirst())
      let asked = named ?? Overview.self
      guard arguments.first != "help", let command = try? asked.parseAsRoot(rest),
        ([asked] + asked.configuration.subcommands).contains(where: { $0 == type(of: command) })
      else { return try MemFitCommand.parseAsRoot(arguments) }
      return command
    }
  }

  private func report(_ error: any Error) -> Status {
    if let complaint = ErrorRenderer.complaint(about: error) {
      Terminal.tell(complaint.text)
      return .failed
    }
    let message = MemFitCommand.fullMessage(for: error)
    // Help, the version and completion scripts arrive as errors too.
    guard MemFitCommand.exitCode(for: error) != .success else {
      return answer(message)
    }
    Terminal.tell(Complaint.usage(message, hints: mistypedSubcommand).text)
    return .failed
  }

  private func answer(_ message: String) -> Status {
    do throws(WriteError) {
      try Terminal.write(message.isEmpty ? "" : message + "\n", to: .output)
      return .done
    } catch {
      Terminal.tell("memfit: \(error)\n")
      return .failed
    }
  }

  /// The subcommand that the first argument may mean, which was taken for a model.
  private var mistypedSubcommand: [String] {
    let names = MemFitCommand.all.compactMap { $0.configuration.commandName }
    guard let first = arguments.first, !names.contains(first) else { return [] }
    return NearNames(names: names).near(first, limit: 1).map { "did you mean memfit \($0)?" }
  }
}

/// The work is done, and a limit that the user set is exceeded.
struct LimitExceeded: Error {}

extension Complaint {
  /// What the argument parser says, in the form of all other complaints.
  fileprivate static func usage(_ message: String, hints: [String]) -> Complaint {
    let prefix = "Error: "
    let text = message.hasPrefix(prefix) ? message.dropFirst(prefix.count) : message[...]
    let lines = text.split(separator: "\n").map(String.init)
    return Complaint(lines.first ?? "", hints: lines.dropFirst() + hints)
  }
}

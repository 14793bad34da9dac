import ArgumentParser
import MemFit

/// How much memory a model takes, and what to change so that it fits.
@main
struct MemFitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "memfit",
    abstract: "How much memory a model takes to store, to run and to train.")
}

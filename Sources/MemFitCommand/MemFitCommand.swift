import ArgumentParser
import MemFit

/// The command line of MemFit.
@main
struct MemFitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "memfit",
    abstract: "How much memory a model takes to store, to run and to train.",
    usage: """
      memfit MODEL [options]
      memfit <subcommand> …
      """,
    discussion: """
      MODEL is a file, or the name of a built-in architecture (memfit models). Only the file's \
      headers are read; no weights are loaded.

      EXAMPLES
        memfit resnet50                          all of it on one screen
        memfit store resnet50 --limit 100MB      parameters, types that fit
        memfit run model.onnx --batch 32         activations, peak, arena
        memfit train resnet50 --batch 32         one training step, the largest batch
        memfit fit resnet50 --batch 256          what to change so that it fits
        memfit check model.onnx --max-size 25MB  for continuous integration
        memfit compare resnet50 mobilenet_v2     side by side
        memfit run model.onnx --format json      for other programs
        memfit scan ~/models                     all models in a folder

      EXIT CODES
        0 done; 1 done, and a limit that was set is exceeded; 2 could not be done.

      SHELL COMPLETION
        memfit --generate-completion-script bash|zsh|fish
      """,
    version: MemFit.version,
    subcommands: all,
    defaultSubcommand: Overview.self)

  static let all: [any ParsableCommand.Type] = [
    Overview.self, Store.self, Run.self, Train.self, Fit.self, Layers.self, Compare.self,
    CheckLimits.self,
    Models.self, Devices.self, Explain.self, Plan.self, Scan.self,
  ]

  static func main() {
    Terminal.ignoreClosedPipes()
    Terminal.exit(Invocation(arguments: Array(CommandLine.arguments.dropFirst())).run())
  }
}

import ArgumentParser
import MemFit

/// Limits for continuous integration.
struct CheckLimits: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Hold models against limits; exit code 1 if one is exceeded.",
    discussion: """
      Amounts are written as 100MB, 256KiB or 4096, numbers as 5M or 5,000,000. A figure that \
      cannot be known counts as exceeding its limit. With --quiet only exceeded limits are shown.

      Without MODEL, the checks of memfit.yml (or of --budget) are made:

        checks:
          - model: model.onnx
            batch: 8
            device: stm32h743
            limits:
              store.parameters.count: 5M
              run.arena.bytes: 256KiB

      EXAMPLES
        memfit check model.onnx --max-parameters 5M
        memfit check model.onnx --max-size 2MB --type int8 --max-arena 256KiB
        memfit check model.onnx --batch 8 --device v100-16gb
        memfit check resnet50 --batch 32 --max-train-peak 16GB
        memfit check resnet50 --max train.breakdown.gradients=110MB
        memfit resnet50 --format json > baseline.json
        memfit check resnet50 --baseline baseline.json --tolerance 2%
        memfit check --budget memfit.yml --junit report.xml --sarif report.sarif
      """)

  @Argument(
    help: "A model file, or the name of a built-in architecture.",
    completion: ModelCompletion.kind)
  var model: String?

  @OptionGroup(title: "Limits") var limits: LimitOptions
  @OptionGroup(title: "Sizes") var sizes: SizeOptions
  @OptionGroup(title: "Run") var runOptions: RunOptions
  @OptionGroup(title: "Training") var trainOptions: TrainOptions
  @OptionGroup(title: "Files for other tools") var files: CheckFiles
  @OptionGroup(title: "Output") var output: OutputOptions

  @Option(
    help: ArgumentHelp("A file of checks, instead of MODEL.", valueName: "file"),
    completion: .file(extensions: ["yml", "yaml"]))
  var budget: String?

  func validate() throws {
    guard model != nil else {
      if limits.isEmpty { return }
      throw ValidationError("limits need a model; expected memfit check MODEL --max-size 100MB")
    }
    guard budget == nil else { throw ValidationError("--budget names the models itself") }
    guard !limits.isEmpty || runOptions.device != nil else {
      throw ValidationError("no limit is given; expected one such as --max-size 100MB")
    }
  }

  func run() throws {
    guard let model else { return try runBudget() }
    try conclude([try check(model)], budget: nil)
  }

  private func runBudget() throws {
    let budget = try Budget(path: budget ?? Budget.usualPath)
    try conclude(try budget.checks.map { try check($0, of: budget) }, budget: budget.path)
  }

  private func check(_ arguments: [String], of budget: Budget) throws -> Check {
    let command: CheckLimits
    do {
      command = try CheckLimits.parse(arguments + (output.quiet ? ["--quiet"] : []))
    } catch {
      let place = "\(budget.path), the check of \(arguments.first ?? "nothing")"
      throw ValidationError("\(place): \(CheckLimits.message(for: error))")
    }
    return try command.check(command.model ?? "")
  }

  private func check(_ model: String) throws -> Check {
    let device = try runOptions.chosenDevice()
    let baseline = try limits.baseline.map { try Baseline(path: $0) }
    var request = try runOptions.applied(
      to: MemFit.Request(training: try trainOptions.request()))
    request.training.findsLargestBatch = false
    request.training.findsChanges = false
    if limits.concernsTraining || baseline?.hasTraining ?? false {
      request.sections.insert(.train)
    }
    let report = try output.report(on: model, at: sizes, request)
    var check = MemFit.check(report, try limits.ceilings(for: report))
    if let baseline {
      let ceilings = baseline.ceilings(tolerance: limits.tolerance?.fraction ?? 0)
      check.limits += MemFit.check(report, ceilings).limits
    }
    if let device { check.add(report.deviceFit, on: device) }
    return check
  }

  private func conclude(_ checks: [Check], budget: String?) throws {
    let list = CheckList(version: MemFit.version, checks: checks)
    try files.write(list, budget: budget)
    var shown = list
    if output.quiet {
      for index in shown.checks.indices { shown.checks[index].limits.removeAll(where: \.holds) }
      shown.checks.removeAll(where: \.limits.isEmpty)
    }
    if let only = shown.checks.first, budget == nil {
      try output.print(only)
    } else if !shown.checks.isEmpty {
      try output.print(shown)
    }
    if !list.holds { throw LimitExceeded() }
  }
}

/// Files in which build servers look for what failed.
struct CheckFiles: ParsableArguments {
  @Option(
    help: ArgumentHelp("Write a report of tests in JUnit's form.", valueName: "file"),
    completion: .file(extensions: ["xml"]))
  var junit: String?

  @Option(
    help: ArgumentHelp("Write a report for code scanning in SARIF.", valueName: "file"),
    completion: .file(extensions: ["sarif"]))
  var sarif: String?
}

extension CheckFiles {
  func write(_ list: CheckList, budget: String?) throws {
    if let junit { try Terminal.write(Array(JUnitForm().write(list).utf8), toFile: junit) }
    if let sarif {
      let text = SARIFForm(budgetPath: budget).write(list)
      try Terminal.write(Array(text.utf8), toFile: sarif)
    }
  }
}

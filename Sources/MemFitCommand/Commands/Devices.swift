import ArgumentParser
import MemFit

/// The devices that verdicts can be asked for.
struct Devices: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "devices",
    abstract: "The devices for --device with their usable memory and its source.",
    usage: "memfit devices [<filter>] [<options>]",
    discussion: """
      EXAMPLES
        memfit devices
        memfit devices stm32
        memfit devices --units binary
      """)

  @Argument(help: "Show devices whose name, title or kind contains this.")
  var filter: String?

  @OptionGroup(title: "Output") var output: OutputOptions

  func run() throws {
    let list = MemFit.devices(containing: filter)
    guard !list.devices.isEmpty || filter == nil else {
      throw RequestError.unknownDevice(
        name: filter ?? "", known: Device.catalog.map(\.name))
    }
    try output.print(list)
  }
}

import ArgumentParser
import MemFit

/// Files in which a placement is written for others.
struct ArenaFiles: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Draw the arena into this file, time across, offsets up.", valueName: "file"),
    completion: .file(extensions: ["svg"]))
  var svg: String?

  @Option(
    help: ArgumentHelp("Write the offsets into this file as a C header.", valueName: "file"),
    completion: .file(extensions: ["h"]))
  var header: String?

  /// Writes the files that were asked for.
  func write(_ arena: PlacedArena, name: String) throws {
    let placement = arena.solution.placement
    if let svg { try write(ArenaPicture(arena.problem, placement).svg, to: svg) }
    if let header {
      try write(ArenaHeader(arena.problem, placement, name: name).text, to: header)
    }
  }

  private func write(_ text: String, to path: String) throws(WriteError) {
    try Terminal.write(Array(text.utf8), toFile: path)
  }
}

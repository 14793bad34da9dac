import MemoryAnalysis
import ModelGraph

/// Whether a model fits on a device and what takes room there, arranged for reading.
struct DeviceBlocks {
  let fit: DeviceFit
  let style: NumberStyle

  var blocks: [Block] { [.verdicts(verdicts), .figures(figures)] }

  /// A sentence for each memory of the device.
  var verdicts: [Verdict] {
    let title = fit.device.title
    let memory = sentence(
      title, needed: fit.neededMemory, size: fit.device.usableMemory, headroom: fit.headroom)
    guard let size = fit.device.flash, let headroom = fit.flashHeadroom else { return [memory] }
    return [
      memory,
      sentence("its flash", needed: size - headroom, size: size, headroom: headroom),
    ]
  }

  private func sentence(
    _ place: String, needed: ByteCount, size: ByteCount, headroom: ByteCount
  ) -> Verdict {
    let amounts = "needs \(style.bytes(needed)) of \(style.bytes(size))"
    guard headroom < .zero else {
      return Verdict(
        holds: true, sentence: "fits \(place): \(amounts), \(style.bytes(headroom)) left")
    }
    let lack = style.bytes(.zero - headroom)
    return Verdict(holds: false, sentence: "does not fit \(place): \(amounts), \(lack) too much")
  }

  private var figures: [Figure] {
    fit.memory.map { figure($0, in: "memory") } + fit.flash.map { figure($0, in: "flash") }
  }

  private func figure(_ part: DeviceFit.Part, in place: String) -> Figure {
    let name = part.name.prefix(1).uppercased() + part.name.dropFirst()
    return Figure(
      "device.\(place).\(part.name)", name, bytes: part.bytes,
      note: part.isAssumed ? "in \(place), assumed" : "in \(place)")
  }
}

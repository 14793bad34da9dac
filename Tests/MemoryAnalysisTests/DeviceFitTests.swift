import ModelGraph
import Testing

@testable import MemoryAnalysis

@Suite struct DeviceFitTests {
  private func store(_ elements: Int) -> StoreFootprint {
    let tensor = Tensor(
      name: "w", type: TensorType(.float32, [elements]), role: .parameter, storage: 0)
    return StoreFootprint(of: Model(name: "m", source: "m", format: "test", tensors: [tensor]))
  }

  private func run(_ elements: Int) -> RunFootprint {
    var maker = GraphMaker()
    let x = maker.input("x", [1])
    let a = maker.node("Sigmoid", x, gives: "a", [elements])
    let y = maker.node("ReduceSum", a, gives: "y", [1])
    return RunFootprint(of: maker.finished(y))
  }

  @Test func `a GPU needs weights, activations and its context`() throws {
    let v100 = try #require(Device.named("V100-16GB"))
    let fit = DeviceFit(of: store(1 << 30), run(1 << 20), on: v100)
    #expect(fit.memory.map(\.name) == ["weights", "CUDA context", "activations at the peak"])
    #expect(fit.neededMemory.value == (4 << 30) + 457_048_064 + (4 << 20) + 8)
    #expect(fit.fits)
    #expect(!DeviceFit(of: store(4 << 30), nil, on: v100).fits)
    #expect(DeviceFit(of: store(4 << 30), nil, on: v100).headroom < .zero)
  }

  @Test func `a microcontroller keeps weights in flash`() throws {
    let chip = try #require(Device.named("stm32f746"))
    let fit = DeviceFit(of: store(1 << 18), run(64 << 10), on: chip)
    #expect(fit.fits)
    #expect(fit.flashHeadroom == .zero)
    #expect(!DeviceFit(of: store(1 << 19), run(64 << 10), on: chip).fits)
    #expect(!DeviceFit(of: store(1), run(1 << 17), on: chip).fits)
  }

  @Test func `the catalogue names each device and each limit once, with its source`() {
    #expect(Set(Device.catalog.map(\.name)).count == Device.catalog.count)
    #expect(Device.catalog.allSatisfy { !$0.source.isEmpty && $0.usableMemory > .zero })
    #expect(Set(SizeLimit.catalog.map(\.name)).count == SizeLimit.catalog.count)
    #expect(SizeLimit.catalog.allSatisfy { $0.source.hasPrefix("https://") })
  }

  @Test func `a limit tells which types keep within it`() throws {
    let limit = try SizeLimit(parsing: "100MB")
    let types = limit.sizesThatFit(store(40_000_000)).map(\.dataType)
    #expect(types.first == .float16)
    #expect(!types.contains(.float32))
    #expect(try SizeLimit(parsing: "google-play").bytes == 200_000_000)
  }
}

import Testing

@testable import MemFit

@Suite struct NearNamesTests {
  @Test func `a mistyped name finds its neighbours`() {
    let names = NearNames(names: ["v100-16gb", "v100-32gb", "a100-80gb", "stm32f746", "t4"])
    #expect(names.near("v100_16gb").first == "v100-16gb")
    #expect(names.near("stm32f764").first == "stm32f746")
    #expect(NearNames(names: ["train", "run"]).near("trian") == ["train"])
    #expect(names.near("v100") == ["v100-16gb", "v100-32gb"])
    #expect(names.near("completely-other").isEmpty)
    #expect(names.near("").isEmpty)
    #expect(names.near(String(repeating: "x", count: 100_000)).isEmpty)
  }
}
